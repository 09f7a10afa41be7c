"""Wrong demo files are refused by name, entry and field."""

import shutil
from pathlib import Path

import pytest
import yaml

from demo.content import (
    FOLDER,
    ContentError,
    load_company,
    load_interventions,
    load_queries,
)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "demo", ignore=shutil.ignore_patterns("*.py*", "__*"))
    return tmp_path / "demo"


def rewrite_line(file: Path, number: int, old: str, new: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_wrong_item_is_named_with_its_file_and_slug(copied: Path) -> None:
    file = copied / "company" / "policies.yaml"
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    rows[1]["rule"] = 14
    file.write_text(yaml.safe_dump(rows), encoding="utf-8")
    with pytest.raises(
        ContentError, match=r"company/policies\.yaml, entry 2 \(trial-fortnight\): rule:"
    ):
        load_company(copied)


def test_an_item_named_twice_is_refused(copied: Path) -> None:
    file = copied / "company" / "articles.yaml"
    text = file.read_text(encoding="utf-8").replace("slug: deposits", "slug: schools")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"slug 'schools': stands there twice"):
        load_company(copied)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"channel"', '"chanel"', "chanel"),
        ('"items_used": ["', '"items_used": ["no-such-item", "', "names no item: no-such-item"),
        ("{", "", "not a JSON object"),
    ],
)
def test_a_wrong_intervention_is_named_with_its_line(
    copied: Path, old: str, new: str, problem: str
) -> None:
    rewrite_line(copied / "interventions.jsonl", 2, old, new)
    with pytest.raises(ContentError, match=rf"interventions\.jsonl, line 2.*{problem}"):
        load_interventions(copied)


def test_an_intervention_given_twice_is_refused(copied: Path) -> None:
    file = copied / "interventions.jsonl"
    first = file.read_text(encoding="utf-8").splitlines()[0]
    with file.open("a", encoding="utf-8") as out:
        out.write(first + "\n")
    with pytest.raises(ContentError, match="stands there twice"):
        load_interventions(copied)


def test_a_query_for_an_unknown_gap_is_refused(copied: Path) -> None:
    file = copied / "queries.yaml"
    text = file.read_text(encoding="utf-8").replace("gap_key: left-handed", "gap_key: unheard-of")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"queries\.yaml, entry 3: .*'unheard-of'"):
        load_queries(copied)


def test_a_missing_file_is_named(copied: Path) -> None:
    (copied / "company" / "tools.yaml").unlink()
    with pytest.raises(ContentError, match=r"company/tools\.yaml, the whole file: cannot be read"):
        load_company(copied)
