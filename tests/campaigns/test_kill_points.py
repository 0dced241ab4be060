"""A small sample of the campaign `kill_points`."""

from pathlib import Path

from kill_points import run


def test_killed_runs_end_like_the_clean_one(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    for number in range(12):
        sentences = (f"Valve {number}-{line} was tightened by crew {line % 7} at noon." for line in range(24))
        (papers / f"log {number}.txt").write_text("\n".join(sentences))
    assert run(papers, moments=4, seed=7) == 4
