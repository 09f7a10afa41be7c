from pathlib import Path

from embedded.logs import ChildLog


def test_lines_come_whole_and_secrets_do_not(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []

    def hear(name: str, line: str) -> None:
        heard.append((name, line))

    log = ChildLog("api", tmp_path / "api.log", echo=hear, secrets=["s3"])
    log.feed(b"password ")
    log.feed(b"is s3\r\nno end")
    log.close()
    assert heard == [("api", "password is ***"), ("api", "no end")]
    assert log.path.read_text() == "password is ***\nno end\n"


def test_a_log_that_grows_too_large_is_set_aside(tmp_path: Path) -> None:
    log = ChildLog("api", tmp_path / "api.log", max_bytes=10)
    log.feed(b"first line\nsecond\n")
    log.close()
    assert (tmp_path / "api.log.1").read_text() == "first line\n"
    assert log.path.read_text() == "second\n"


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    log = ChildLog("api", tmp_path / "api.log")
    log.feed(b"x" * 100_000)
    assert log.path.stat().st_size == 100_001
    log.close()


def test_a_muted_log_still_writes_its_file(tmp_path: Path) -> None:
    heard: list[str] = []
    log = ChildLog("api", tmp_path / "api.log", echo=lambda _name, line: heard.append(line))
    log.mute()
    log.feed(b"bye\n")
    log.close()
    assert heard == []
    assert log.tail() == "bye"
