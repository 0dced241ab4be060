"""How well this installation finds and answers, on questions whose answers are known."""
