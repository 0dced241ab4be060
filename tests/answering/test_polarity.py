import pytest

from app.answering.polarity import polarity
from app.domain.answers import Polarity

MILL = "The mill did not burn in the fire of 1802, although the granary did."


@pytest.mark.parametrize(
    ("question", "text", "says"),
    [
        ("May the tenant keep dogs?", "The tenant may keep dogs.", Polarity.YES),
        ("Must the tenant pay the rent in advance?", "However, the tenant must pay the rent in advance.", Polarity.YES),
        ("Did the mill burn in 1802?", "The mill burned in 1802.", Polarity.YES),
        ("May the tenant keep cats?", "The tenant may not keep cats.", Polarity.NO),
        ("Can the ferry sail in winter?", "The ferry cannot sail in winter.", Polarity.NO),
        ("Did the mill burn in the fire of 1802?", MILL, Polarity.NO),
        ("May pets be kept?", "No pets may be kept.", Polarity.NO),
        # about something else, of another time, under a condition, or what somebody says
        ("May the tenant keep horses?", "The tenant may keep dogs.", None),
        ("Is the ferry open in winter?", "The ferry was open in winter.", None),
        ("Does the miller paint the mill?", "The miller painted the mill.", None),
        ("May the tenant keep dogs?", "The tenant may keep dogs if the landlord agrees.", None),
        ("Did the mill burn in 1802?", "The bishop said the mill burned in 1802.", None),
        ("May members vote?", "Not all members may vote.", None),
        # no such questions, or not asked so that yes answers them
        ("When did the mill burn?", "The mill burned in 1802.", None),
        ("Is the mill red or blue?", "The mill is red or blue.", None),
        ("Is the mill not red?", "The mill is not red.", None),
    ],
)
def test_yes_and_no_are_told_where_they_are_certain(question: str, text: str, says: Polarity | None) -> None:
    assert polarity(question, text) is says
