"""Makes two answers comparable, and finds where they differ.

Places and paths are written with slashes: body/metadata/labels/app. In the paths of `only` and `ignore` a segment may be a
glob, and NAME=VALUE chooses the list items whose NAME is VALUE.
"""
import fnmatch
import json
import re

HEADERS = ("audit-id", "content-type", "date", "retry-after", "warning")
PATTERNS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"), "<date>"),
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), "<address>"),
    (re.compile(r"\?hash=[0-9A-F]+"), ""),
    (re.compile(r"\bgen-[a-z0-9]{5}\b"), "gen-<suffix>"),
    (re.compile(r"ResourceVersion in (record|the precondition) \(\d+\)"), r"ResourceVersion in \1 (<rv>)"),
    (re.compile(r'(resourceVersion\\":\\")\d+'), r"\1<rv>"),  # in an object that a message shows
    (re.compile(r"(Too large resource version: \d+, current: )\d+"), r"\1<rv>"),
    (re.compile(r"too old resource version: \d+ \(\d+\)"), "too old resource version: <rv> (<rv>)"),
)
MISSING = "(nothing)"


def _step(value, segment):
    """[(key, child)] of the children that a segment names."""
    if isinstance(value, dict):
        return [(key, child) for key, child in value.items() if fnmatch.fnmatchcase(key, segment)]
    if isinstance(value, list):
        if "=" in segment:
            field, _, wanted = segment.partition("=")
            return [(index, item) for index, item in enumerate(value)
                    if isinstance(item, dict) and fnmatch.fnmatchcase(str(item.get(field)), wanted)]
        return [(index, item) for index, item in enumerate(value) if fnmatch.fnmatchcase(str(index), segment)]
    return []


def find(value, path):
    """All values at a path."""
    found = [value]
    for segment in path.split("/"):
        found = [child for item in found for _, child in _step(item, segment)]
    return found


def _remove(value, segments):
    for key, child in reversed(_step(value, segments[0])):
        if len(segments) > 1:
            _remove(child, segments[1:])
        else:
            del value[key]


def _text(text):
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _field_order(entry):
    return json.dumps([entry.get(name, "") for name in ("manager", "operation", "subresource")]) + json.dumps(entry)


def _normal(value, key=""):
    if isinstance(value, dict):
        out = {name: _normal(item, name) for name, item in value.items()}
        if isinstance(out.get("managedFields"), list):
            out["managedFields"].sort(key=_field_order)
        if out.get("kind") == "Status":
            _even_status(out)
        if out.get("kind") == "APIResourceList" and "resources" in out:  # in random order
            out["resources"].sort(key=lambda resource: resource["name"])
        if out.get("kind") == "Table":
            for row in out.get("rows") or []:
                row["cells"] = ["<age>" if isinstance(cell, str) and re.fullmatch(r"(\d+[smhd]){1,2}", cell) else cell
                                for cell in row["cells"]]
        return out
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if not isinstance(value, str):
        return value
    if key == "serverAddress":
        return "<address>"
    if key == "uid" and value:
        return "<uid>"
    if key == "resourceVersion" and value not in ("", "0"):
        return "<rv>"
    if key == "continue" and value:
        return "<continue>"
    return _text(value)


def _even_status(status):
    """The API server collects several errors in random order, and some of them twice."""
    causes = (status.get("details") or {}).get("causes") or []
    causes.sort(key=lambda cause: json.dumps(cause, sort_keys=True))
    causes[:] = [cause for number, cause in enumerate(causes) if cause not in causes[:number]]  # some come twice
    head, bracket, _ = status.get("message", "").partition(" is invalid: [")
    if bracket and len(causes) > 1:
        status["message"] = f"{head} is invalid: [...]"


def _terminal(text):
    """What kubectl printed, line by line, with ages and column widths evened out."""
    lines = []
    for line in _text(text).splitlines():
        line = re.sub(r"\b(\d+[smhd]){1,2}\b(?=( \(x\d+ over .*\))?(\s|$))", "<age>", line.rstrip())
        line = re.sub(r"(Resource Version|resourceVersion):(\s+)\"?\d+\"?", r"\1: <rv>", line)
        lines.append(re.sub(r"(?<=\S) {2,}", "  ", line))
    return lines


def normalise(call, answer):
    """The comparable form of an answer."""
    out = {name: value for name, value in answer.items() if name not in ("headers", "body")}
    for name in ("stdout", "stderr"):
        if name in out:
            out[name] = _terminal(out[name])
            if call.get("unordered"):
                out[name].sort()
    if "headers" in answer:
        out["header"] = {name: sorted(_text(value) for key, value in answer["headers"] if key.lower() == name)
                         for name in HEADERS}
        out["header"] = {name: values for name, values in out["header"].items() if values}
    if "body" in answer:
        body = _normal(answer["body"])
        for path in call.get("ignore", ()):
            _remove(body, path.split("/"))
        if "only" in call:
            body = {path: find(body, path) for path in call["only"]}
        out["body"] = body
    return out


def _show(value):
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 600 else text[:600] + "..."


def _walk(place, left, right):
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(set(left) | set(right)):
            if key not in left:
                yield f"{place}/{key}", MISSING, _show(right[key])
            elif key not in right:
                yield f"{place}/{key}", _show(left[key]), MISSING
            else:
                yield from _walk(f"{place}/{key}", left[key], right[key])
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right)):
            yield from _walk(f"{place}/{index}", one, other)
    elif left != right or isinstance(left, bool) != isinstance(right, bool):
        yield place, _show(left), _show(right)


def _is_failure(answer):
    return answer.get("status", 0) >= 400 or answer.get("exit", 0) != 0


def _outcome(answer):
    body = answer.get("body")
    said = body.get("message", body.get("kind")) if isinstance(body, dict) else body
    return f"{answer.get('status', answer.get('exit'))} {_show(said or answer.get('stderr') or answer.get('stdout'))}"


def differences(call, left, right):
    """Yields (place, left, right) where the two answers to a call differ."""
    left, right = normalise(call, left), normalise(call, right)
    for part in call.get("skip", ()):  # whole parts of an answer, such as header
        left.pop(part, None)
        right.pop(part, None)
    if _is_failure(left) != _is_failure(right):  # one line says it all
        yield "outcome", _outcome(left), _outcome(right)
        return
    if left.get("status") != right.get("status"):
        for answer in (left, right):
            if isinstance(answer.get("body"), dict):
                answer["body"].pop("code", None)  # repeats the status
    for place, one, other in _walk("", left, right):
        yield place.lstrip("/"), one, other
