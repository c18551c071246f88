"""The configuration: one file, the environment over it, and errors that tell what was meant."""

import dataclasses
import tomllib
from pathlib import Path

import orjson
import pytest

from outcry.config import SECTIONS, Config, ConfigError, load, read
from outcry.resources import default_config


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "house.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_says_every_key_and_its_default() -> None:
    raw = tomllib.loads(default_config().read_text(encoding="utf-8"))
    assert {name: list(keys) for name, keys in raw.items()} == {name: list(keys) for name, keys in SECTIONS.items()}
    assert load(default_config(), {}) == Config()


def test_a_file_needs_to_say_only_what_differs(tmp_path: Path) -> None:
    config = load(written(tmp_path, '[web]\nport = 9000\norigins = ["https://auction.example"]\n'), {})
    assert (config.web.port, config.web.origins) == (9000, ("https://auction.example",))
    assert config.auction == Config().auction


def test_the_file_of_the_current_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("[web]\nworkers = 3\n")
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).web.workers == 3


def test_without_one_the_shipped_file_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}) == Config()


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    environment = {
        "OUTCRY_WEB__PORT": "9001",
        "OUTCRY_LIMITS__EXEMPT": "127.0.0.0/8, ::1",
        "OUTCRY_DEMO__ENABLED": "true",
        "OUTCRY_HOUSE__SECRET": "s3cret",
        "OUTCRY_TEST": "not a setting: it has no section",
        "HOME": "/root",
    }
    config = load(written(tmp_path, "[web]\nport = 9000\nworkers = 2\n"), environment)
    assert (config.web.port, config.web.workers) == (9001, 2)
    assert config.limits.exempt == ("127.0.0.0/8", "::1")
    assert config.demo.enabled
    assert config.house.secret == "s3cret"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[web]\nprot = 1\n", "[web] has no key prot; did you mean [web] port?"),
        ("[wep]\nport = 1\n", "there is no section [wep]; did you mean [web]?"),
        ("[web]\nframes_per_s = 1\n", "[web] has no key frames_per_s; did you mean [limits] frames_per_s?"),
        ("[room]\nbeat_ms = 1\n", "there is no section [room]; there are house, store,"),
        ("web = 1\n", "web is a section: write [web] and its keys below"),
        ('[web]\nport = "8400"\n', "web.port must be a whole number, not '8400'"),
        ("[web]\nport = true\n", "web.port must be a whole number, not True"),
        ("[web]\nport = 65536\n", "web.port must lie between 0 and 65535, not 65536"),
        ("[web]\nworkers = 0\n", "web.workers must lie between 1 and 999999999, not 0"),
        ("[web]\nhost = ''\n", "web.host must not be empty"),
        ('[web]\norigins = "https://a"\n', "web.origins must be a list of texts, not 'https://a'"),
        ("[demo]\nenabled = 1\n", "demo.enabled must be true or false, not 1"),
        ('[store]\ndurability = "strickt"\n', "store.durability must be 'strict' or 'relaxed', not 'strickt'"),
        ("[web\n", "not TOML"),
    ],
)
def test_an_error_is_one_line_that_names_file_key_and_the_nearest_right_one(
    tmp_path: Path, text: str, says: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("OUTCRY_WEB__PROT", "1", "OUTCRY_WEB__PROT is no setting; did you mean OUTCRY_WEB__PORT?"),
        ("OUTCRY_WBE__PORT", "1", "OUTCRY_WBE__PORT is no setting; did you mean OUTCRY_WEB__PORT?"),
        ("OUTCRY_WEB__PORT", "eighty", "environment: web.port must be a whole number, not 'eighty'"),
        ("OUTCRY_DEMO__ENABLED", "maybe", "environment: demo.enabled must be true or false, not 'maybe'"),
    ],
)
def test_the_environment_is_checked_like_the_file(tmp_path: Path, variable: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, ""), {variable: value})
    assert says in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: No such file"):
        load(tmp_path / "absent.toml", {})


def test_overrides_are_checked_too() -> None:
    assert Config().override(web={"port": 0}, store={"data": "/tmp/x"}).web.port == 0
    with pytest.raises(ConfigError, match="did you mean"):
        Config().override(web={"prot": 0})


def test_a_configuration_travels_as_json_and_comes_back_the_same() -> None:
    config = Config().override(limits={"exempt": ["127.0.0.0/8"]}, house={"secret": "x"}, demo={"enabled": True})
    assert read(orjson.loads(orjson.dumps(config)), "the supervisor") == config


def test_secrets_are_not_shown_by_accident() -> None:
    config = Config().override(house={"secret": "hunter2"}, store={"url": "redis://:hunter2@store:6379"})
    assert "hunter2" not in repr(config)
    assert dataclasses.asdict(config)["house"]["secret"] == "hunter2"
