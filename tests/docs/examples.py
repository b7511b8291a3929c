"""The example manifests as data: what a file holds, what schema defaults add to it, and what was lost on the way."""
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
# Kinds that a server does not have, by file: they are left out there, and nowhere else.
CLUSTER = "a cluster alone has this kind; the embedded API server has no use for it"
OPERATOR = "a kind of the External Secrets Operator; neither server has its definitions"
LEFT_OUT = {
    "security/network-policies.yaml": {"NetworkPolicy": ("embedded", CLUSTER)},
    "security/external-secrets.yaml": {"SecretStore": ("both", OPERATOR), "ClusterSecretStore": ("both", OPERATOR),
                                       "ExternalSecret": ("both", OPERATOR)},
}


def files(folder=EXAMPLES):
    return sorted(folder.rglob("*.yaml"))


def name_of(path):
    return str(path.relative_to(EXAMPLES))


def left_out(path, server):
    """The kinds of a file that this server does not have."""
    return {kind for kind, (where, _) in LEFT_OUT.get(name_of(path), {}).items() if where in (server, "both")}


def as_documented(path):
    """Whether it keeps the spellings of the documentation, which are warned about."""
    return name_of(path).startswith("documentation/")


def documents(text):
    """The objects of a manifest, read as kubectl reads it (YAML 1.1, so an unquoted On is true)."""
    return [document for document in yaml.safe_load_all(text) if document]


def identity(document):
    return document["kind"], document["metadata"].get("namespace"), document["metadata"]["name"]


def schemas(folder=ROOT / "config/crd/bases"):
    """The schema of each kind of ours, by its name."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        spec = yaml.safe_load(path.read_text())["spec"]
        found[spec["names"]["kind"]] = spec["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def with_defaults(schema, value):
    """What a server stores: the value, and in every object that is there the defaults of what is not."""
    if isinstance(value, dict):
        result = dict(value)
        known = schema.get("properties", {})
        for name, member in known.items():
            if name not in result and "default" in member:
                result[name] = member["default"]
        others = schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {name: with_defaults(known.get(name, others), item) for name, item in result.items()}
    if isinstance(value, list):
        return [with_defaults(schema.get("items", {}), item) for item in value]
    return value


def differences(written, stored, path=""):
    """Where stored is not exactly written, as texts."""
    if isinstance(written, dict) and isinstance(stored, dict):
        return [text for name in sorted(written.keys() | stored.keys())
                for text in differences(written.get(name), stored.get(name), f"{path}.{name}")]
    if isinstance(written, list) and isinstance(stored, list) and len(written) == len(stored):
        return [text for number, pair in enumerate(zip(written, stored)) for text in differences(*pair, f"{path}[{number}]")]
    return [] if written == stored else [f"{path}: written {written!r}, stored {stored!r}"]


def missing(written, stored, path=""):
    """Where stored lacks what was written; more may be stored, and nothing for an empty list. For kinds whose schema is not ours."""
    if written in ([], {}) and stored is None:
        return []
    if isinstance(written, dict) and isinstance(stored, dict):
        return [text for name in written for text in missing(written[name], stored.get(name), f"{path}.{name}")]
    if isinstance(written, list) and isinstance(stored, list) and len(written) == len(stored):
        return [text for number, pair in enumerate(zip(written, stored)) for text in missing(*pair, f"{path}[{number}]")]
    return differences(written, stored, path)


def lost(schema_of, written, stored):
    """What is not stored as it was written. stringData of a Secret is not looked at: a server answers with data."""
    kind = written["kind"]
    if kind in schema_of:
        return differences(with_defaults(schema_of[kind]["properties"]["spec"], written["spec"]), stored["spec"], "spec")
    return missing({name: item for name, item in written.items() if name != "stringData"}, stored, kind)


class Refused:
    """A manifest that is refused on purpose, with what its header says about it."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        self.messages = re.findall(r"^# Message: (.+)$", self.text, re.M)
        answers = re.findall(r"^# Without the webhook: (refused|accepted)\b", self.text, re.M)
        if not self.messages or len(answers) != 1:
            raise ValueError(f"{path}: the header needs '# Message: TEXT' and '# Without the webhook: refused|accepted'")
        self.accepted_by_schema = answers[0] == "accepted"
