import pytest

from app.answering.tasks import Kind, Task, task_of


@pytest.mark.parametrize(
    ("question", "task"),
    [
        ("Summarise this document", Task(Kind.SUMMARY)),
        ("summarize it.", Task(Kind.SUMMARY)),
        ("Give me an overview of everything", Task(Kind.SUMMARY)),
        ("Compare these two", Task(Kind.COMPARISON)),
        ("Please summarise these documents.", Task(Kind.SUMMARY)),
        ("Give me a short summary of the contract", Task(Kind.SUMMARY)),
        ("What is this document about?", Task(Kind.SUMMARY)),
        ("Summarise lease.pdf", Task(Kind.SUMMARY, (("lease.pdf",),))),
        ("Summary of the file “Rules of the house”", Task(Kind.SUMMARY, (("Rules of the house",),))),
        ("Compare these two documents", Task(Kind.COMPARISON)),
        ("How do the two contracts differ?", Task(Kind.COMPARISON)),
        ("What is the difference between both versions?", Task(Kind.COMPARISON)),
        ("Compare lease.pdf with licence.pdf", Task(Kind.COMPARISON, (("lease.pdf", "licence.pdf"),))),
        (
            "What are the differences between lease 1.md and lease 2.md?",
            Task(Kind.COMPARISON, (("lease 1.md", "lease 2.md"),)),
        ),
        ("List every mention of asbestos", Task(Kind.OCCURRENCES, phrase="asbestos")),
        ("Find all occurrences of “force majeure”.", Task(Kind.OCCURRENCES, phrase="force majeure")),
        ("Where is the late fee mentioned?", Task(Kind.OCCURRENCES, phrase="late fee")),
        ('Where is "the late fee" mentioned?', Task(Kind.OCCURRENCES, phrase="the late fee")),
        ("Where does the word rent appear?", Task(Kind.OCCURRENCES, phrase="rent")),
        ("Show me all places where the boiler is mentioned", Task(Kind.OCCURRENCES, phrase="boiler")),
        ("Could you please summarise both?", Task(Kind.SUMMARY)),
        ("Summarise lease.pdf in three sentences, please", Task(Kind.SUMMARY, (("lease.pdf",),))),
        ("What is lease.pdf about?", Task(Kind.SUMMARY, (("lease.pdf",),))),
        ("What are the key points of lease.pdf?", Task(Kind.SUMMARY, (("lease.pdf",),))),
        ("tl;dr", Task(Kind.SUMMARY)),
        ("Summarise one.pdf and two.pdf", Task(Kind.SUMMARY, (("one.pdf and two.pdf",), ("one.pdf", "two.pdf")))),
        ("What changed between lease 1 and lease 2?", Task(Kind.COMPARISON, (("lease 1", "lease 2"),))),
        (
            "Compare Guide to Fans with Guide to Pumps",
            Task(
                Kind.COMPARISON,
                (
                    ("Guide", "Fans with Guide to Pumps"),
                    ("Guide to Fans", "Guide to Pumps"),
                    ("Guide to Fans with Guide", "Pumps"),
                ),
            ),
        ),
        ("Compare “Terms and Notes” with “Lease”", Task(Kind.COMPARISON, (("Terms and Notes", "Lease"),))),
        ("Every place of the word deposit", Task(Kind.OCCURRENCES, phrase="deposit")),
        ("Where does “crane” occur?", Task(Kind.OCCURRENCES, phrase="crane")),
        ("Which documents mention Lyon?", Task(Kind.OCCURRENCES, phrase="Lyon")),
        ('All mentions of the word "key" in this document', Task(Kind.OCCURRENCES, phrase="key")),
        ("All sentences that contain the word notice", Task(Kind.OCCURRENCES, phrase="notice")),
    ],
)
def test_questions_about_whole_documents_are_known_by_their_form(question: str, task: Task) -> None:
    assert task_of(question) == task


@pytest.mark.parametrize(
    "question",
    [
        "Where is the mill?",
        "Where does the ferry stop?",
        "Who summarised the report of the commission?",
        "How do I compare two readings of the meter?",
        "What are all the duties of the keeper?",
        "What is the difference in rent after ten years?",
        "What is it about?",
        "Compare them",
        "overview",
        "Which contracts contain an arbitration clause?",
        "Show all passages of the contract",
        "Where are the fees mentioned in the lease?",
        "Which places mention the bridge tolls of 1802, and why?",
        "",
    ],
)
def test_other_questions_are_not(question: str) -> None:
    assert task_of(question) is None


def test_a_long_text_is_no_task_and_takes_no_time() -> None:
    assert task_of("Compare " + "a and " * 100_000) is None
