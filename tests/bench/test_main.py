import pytest

from bench.__main__ import main


@pytest.mark.parametrize(
    "arguments",
    [["--count", "0"], ["--concurrency", "51"], ["--approvals", "51"], ["--open-reviews", "-1"]],
)
def test_a_size_that_would_mean_nothing_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert "must be from" in capsys.readouterr().err
