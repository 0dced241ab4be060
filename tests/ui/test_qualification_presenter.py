"""When a model is qualified, and when that steps aside."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
from later import LaterJobs

from app.domain.errors import EnvironmentFault, LecternError
from app.domain.qualification import Qualification
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.services import ModelInUse, Models
from app.ui.qualification_presenter import QualificationPresenter
from app.ui.work import LaneName

LARGE = ModelInUse("large", "Large", "generator", stand_in=False)


@dataclass
class Work:
    """A qualification that has ``left`` questions; ``meanwhile`` runs before each."""

    left: int = 3
    meanwhile: Callable[[], object] = lambda: None
    same: bool = True

    def run(self, _progress: ProgressSlot, cancel: CancelToken) -> bool:
        while self.left:
            self.meanwhile()
            cancel.check()
            self.left -= 1
        return self.same


@dataclass
class ModelsWithWork:
    """Models of which the one that writes can be qualified."""

    works: list[Work] = field(default_factory=list)

    def qualifying(self) -> Work:
        self.works.append(Work())
        return self.works[-1]


@dataclass
class View:
    """Remembers what it is shown."""

    shown: list[str] = field(default_factory=list)

    def show_qualifying(self, running: bool) -> None:
        self.shown.append("running" if running else "idle")

    def show_qualified(self) -> None:
        self.shown.append("qualified")

    def show_error_of_models(self, error: LecternError) -> None:
        self.shown.append(str(error))


class Stage:
    """A presenter, with jobs that run when the test says so."""

    def __init__(self) -> None:
        self.jobs, self.view, self.models = LaterJobs(), View(), ModelsWithWork()
        self.presenter = QualificationPresenter(self.jobs, self.view)
        self.presenter.open(cast("Models", self.models))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_model_without_a_result_is_qualified_when_it_comes_to_write(stage: Stage) -> None:
    stage.presenter.follow(LARGE)
    stage.presenter.follow(LARGE)
    assert stage.presenter.running
    assert stage.jobs.work(LaneName.PROBE) == 1
    assert stage.view.shown[-3:] == ["running", "idle", "qualified"]
    assert len(stage.models.works) == 1
    assert not stage.presenter.running


@pytest.mark.parametrize(
    "writer", [None, replace(LARGE, stand_in=True), replace(LARGE, qualification=Qualification(answerable=40))]
)
def test_no_other_is_asked_unless_the_user_wants_it(stage: Stage, writer: ModelInUse | None) -> None:
    stage.presenter.follow(writer)
    assert not stage.jobs.queued
    stage.presenter.start()
    assert len(stage.jobs.queued) == 1


def test_it_steps_aside_for_a_question_and_goes_on_after_it(stage: Stage) -> None:
    stage.presenter.follow(LARGE)
    (work,) = stage.models.works

    def ask() -> None:
        if work.left == 2:
            stage.presenter.step_aside(True)

    work.meanwhile = ask
    stage.jobs.work()
    assert work.left == 2
    assert stage.presenter.running
    assert "qualified" not in stage.view.shown
    work.meanwhile = lambda: None
    stage.presenter.step_aside(False)
    stage.jobs.work()
    assert work.left == 0
    assert stage.models.works == [work]
    assert stage.view.shown[-2:] == ["idle", "qualified"]


def test_a_question_that_ends_before_it_has_stopped_lets_it_go_on(stage: Stage) -> None:
    stage.presenter.follow(LARGE)
    stage.presenter.step_aside(True)
    stage.presenter.step_aside(False)
    stage.jobs.work()
    assert stage.models.works[0].left == 0
    assert stage.view.shown[-1] == "qualified"


def test_while_a_question_is_answered_none_begins(stage: Stage) -> None:
    stage.presenter.step_aside(True)
    stage.presenter.follow(LARGE)
    assert not stage.jobs.queued
    stage.presenter.step_aside(False)
    assert len(stage.jobs.queued) == 1


def test_stopped_it_forgets_what_was_asked(stage: Stage) -> None:
    stage.presenter.follow(LARGE)
    stage.presenter.stop()
    stage.jobs.work()
    assert stage.view.shown[-1] == "idle"
    assert not stage.presenter.running
    stage.presenter.step_aside(False)
    assert not stage.jobs.queued
    stage.presenter.start()
    stage.jobs.work()
    assert [work.left for work in stage.models.works] == [3, 0]


def test_another_model_is_asked_in_place_of_the_one_before(stage: Stage) -> None:
    stage.presenter.follow(LARGE)
    stage.models.works[0].meanwhile = lambda: stage.presenter.follow(replace(LARGE, id="other"))
    stage.jobs.work()
    assert [work.left for work in stage.models.works] == [3, 0]
    assert stage.view.shown.count("qualified") == 1


def test_what_another_model_answered_is_no_result(stage: Stage) -> None:
    stage.presenter.follow(LARGE)
    stage.models.works[0].same = False
    stage.jobs.work()
    assert stage.view.shown[-1] == "idle"
    assert not stage.presenter.running


def test_a_model_that_cannot_be_loaded_is_told_once(stage: Stage) -> None:
    def fail() -> None:
        raise EnvironmentFault("It cannot be loaded.")

    stage.presenter.follow(LARGE)
    stage.models.works[0].meanwhile = fail
    stage.jobs.work()
    assert stage.view.shown[-2:] == ["idle", "It cannot be loaded."]
    assert not stage.presenter.running
