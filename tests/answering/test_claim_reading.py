import pytest

from app.answering.reading import can_be_read, tokens

CRISIS = (
    "The 1973 oil crisis began in October 1973 when the members of OPEC proclaimed an oil embargo, and by the end of "
    "the embargo in March 1974, the price of oil had risen from US$3 per barrel to nearly $12."
)
MILL = "The mill, which Agnes Dunmore built, did not burn in the great fire of 1802, although the old granary did."
TENANT = "The tenant may end the lease at any time by ninety days' notice, if all rents have been paid."
CITY = "In Norway, Bergen is the largest city on the west coast and had 1,200 looms in 1890."

READ = [
    ("The 1973 oil crisis began in October 1973.", CRISIS),
    ("The 1973 oil crisis began in 1973.", CRISIS),
    ("The mill did not burn in the great fire of 1802.", MILL),
    ("The mill didn't burn in the great fire of 1802", MILL),
    (MILL, MILL),
    ("Bergen has 1200 looms in 1890.", "Bergen had 1,200 looms in 1890."),
    ("About 5 percent of the members voted.", "About 5 % of the members voted by letter."),
    ("The society paid 4,120 crowns.", "In 2018, the society paid 4,120 crowns, mostly for roofs."),
    ("The society paid 4,120 crowns.", "However, the society paid 4,120 crowns."),
    ("The ferry carries forty passengers.", "The ferry carries forty passengers."),
    ("The ferry can not sail.", "The ferry cannot sail in winter."),
]

NOT_READ = [
    # another number, unit, scale, currency or date
    ("The 1973 oil crisis began in October 1974.", CRISIS),
    ("The 1973 oil crisis began in March 1974.", CRISIS),
    ("The 1973 oil crisis began in 1974.", CRISIS),
    ("The wheel is 7 metres high.", "The wheel is 7.5 metres high."),
    ("The wheel is 7.5 feet high.", "The wheel is 7.5 metres high."),
    ("The sale brought 3 million.", "The sale brought 3 billion."),
    ("The sale brought 3.", "The sale brought 3 million."),
    ("The sale brought $3.", "The sale brought €3."),
    ("The price has risen to $12.", "The price has risen to nearly $12."),
    ("The debt was 5 crowns.", "The debt was -5 crowns."),
    # another name, or the same names the other way round
    ("Olsen paid Tarn in 2018.", "Tarn paid Olsen in 2018."),
    ("Agnes Dunmore sold the mill.", "Agnes Dunmore's sister sold the mill."),
    ("Dunmore sold the mill.", "Agnes Dunmore sold the mill."),
    ("President Valk was chosen.", "Vice President Valk was chosen."),
    # yes and no
    ("The mill did burn in the great fire of 1802.", MILL),
    ("The mill burned in the great fire of 1802.", MILL),
    ("The 1973 oil crisis did not begin in October 1973.", CRISIS),
    ("Nobody has paid.", "Everybody has paid."),
    ("Few members have paid.", "A few members have paid."),
    # a limit, a condition or a report left out
    ("Members may vote.", "Only members may vote."),
    ("It spent 3,900 crowns on the roof.", "It spent 3,900 crowns on the roof of the barn."),
    ("The tenant may end the lease at any time.", TENANT),
    ("The tenant may end the lease at any time by ninety days' notice.", TENANT),
    ("Bergen is the largest city.", CITY),
    ("Bergen is the largest city on the west coast.", CITY),
    ("The fire was set by monks.", "The bishop said the fire was set by monks."),
    ("The fire was set by monks.", "The fire was set by monks, according to legend."),
    ("The fire was set by monks.", "It is false that the fire was set by monks."),
    ("The king lived.", "Had the king lived, the mill would stand."),
    ("The keeper paid the dues.", "The keeper failed to pay the dues."),
    ("The mill was built in 1764.", "Was the mill built in 1764?"),
    # passive for active
    ("Olsen was paid.", "Olsen paid Tarn."),
    ("The granary burned the mill.", "The granary was burned by the mill."),
    # a part that is no statement by itself
    ("Norway had 1,200 looms.", "The king of Norway had 1,200 looms."),
    ("Illinois was founded in 1833.", "Chicago, Illinois, was founded in 1833."),
    ("Agnes Dunmore, Petra Valk and Ole Tarn.", "Among the founders were Agnes Dunmore, Petra Valk and Ole Tarn."),
    ("The old granary of Orrin.", "The old granary of Orrin and its mill were sold."),
    # nothing of it there
    ("", MILL),
    ("...", MILL),
    ("Bees sleep in winter.", MILL),
]


@pytest.mark.parametrize(("claim", "sentence"), READ)
def test_what_a_sentence_says_can_be_read_off_it(claim: str, sentence: str) -> None:
    assert can_be_read(tokens(claim), tokens(sentence))


@pytest.mark.parametrize(("claim", "sentence"), NOT_READ)
def test_what_it_does_not_say_cannot(claim: str, sentence: str) -> None:
    assert not can_be_read(tokens(claim), tokens(sentence))


@pytest.mark.parametrize("sentence", [CRISIS, MILL, TENANT, CITY])
def test_a_copy_with_one_word_exchanged_or_put_in_is_another_claim(sentence: str) -> None:
    words = sentence.split()
    weightless = {"the", "The", "an", "In", "is", "had", "have", "been", "and", "which", "did"}
    assert can_be_read(tokens(sentence), tokens(sentence))
    for place, word in enumerate(words):
        assert not can_be_read(tokens(" ".join([*words[:place], "not", *words[place:]])), tokens(sentence))
        if word not in weightless:
            assert not can_be_read(tokens(" ".join([*words[:place], "walrus", *words[place + 1 :]])), tokens(sentence))


def test_a_long_sentence_takes_no_time() -> None:
    sentence = tokens("and so the mill and the mill, the mill, " * 400)
    assert not can_be_read(tokens("the mill and the mill, the mill, so the mill " * 10 + "burned"), sentence)
