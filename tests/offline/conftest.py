import os

import network_trace
import pytest


@pytest.fixture(scope="session")
def network_tools() -> None:
    """Skip where programs cannot be traced without a network; fail where only the tools are not installed."""
    reason = network_trace.missing()
    if not reason:
        return
    if "not installed" in reason and os.geteuid() == 0:
        pytest.fail(f"The leak test must run here, and cannot: {reason}.")
    pytest.skip(reason)
