"""helm on a chart of our kinds: template, install, upgrade, roll back, uninstall."""
import json
import os
import subprocess
import tempfile


class Helm:
    def __init__(self, program, chart, kubeconfig, namespace, home):
        self.program, self.chart, self.namespace = program, str(chart), namespace
        self.environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": home, "HELM_DRIVER": "secret"}

    def __call__(self, *arguments):
        return self._run([self.program, *arguments, "--namespace", self.namespace])

    def get(self, what):
        """An object, or None."""
        found = self._run(["kubectl", "get", what, "-n", self.namespace, "-o", "json", "--ignore-not-found"])
        return json.loads(found) if found else None

    def _run(self, command):
        done = subprocess.run(command, text=True, capture_output=True, timeout=60, env=self.environment, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command[1:])}: {done.stderr.strip()}")
        return done.stdout


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")


def check_objects(helm, cpus, greeting):
    expect("cpus of the class", helm.get("vmclass/small")["spec"]["cpu"], cpus)
    expect("data of the ConfigMap", helm.get("configmap/web")["data"]["greeting"], greeting)
    vm = helm.get("virtualmachine/web")
    expect("class of the VM", vm["spec"]["classRef"]["name"], "small")
    expect("whose the VM is", vm["metadata"]["annotations"]["meta.helm.sh/release-name"], "web")


def steps(helm):
    """Yields the name of each step when it is through."""
    kinds = [line for line in helm("template", "web", helm.chart, "--validate").splitlines() if line.startswith("kind:")]
    expect("kinds of the chart", sorted(kinds), ["kind: ConfigMap", "kind: VMClass", "kind: VirtualMachine"])
    yield "template --validate"
    helm("install", "web", helm.chart, "--dry-run=server")
    expect("VM after a dry run", helm.get("virtualmachine/web"), None)
    helm("install", "web", helm.chart, "--set", "cpus=2")
    check_objects(helm, 2, "hello")
    yield "install"
    helm("upgrade", "web", helm.chart, "--set", "cpus=4,greeting=bye")
    check_objects(helm, 4, "bye")
    yield "upgrade"
    helm("rollback", "web", "1")
    check_objects(helm, 2, "hello")
    history = json.loads(helm("history", "web", "-o", "json"))
    expect("revisions", [(one["revision"], one["status"]) for one in history],
           [(1, "superseded"), (2, "superseded"), (3, "deployed")])
    yield "rollback"
    helm("uninstall", "web", "--wait")
    for what in ("vmclass/small", "virtualmachine/web", "configmap/web"):
        expect(f"{what} after uninstall", helm.get(what), None)
    expect("releases", json.loads(helm("list", "-o", "json")), [])
    yield "uninstall"


def run(program, chart, kubeconfig, namespace):
    with tempfile.TemporaryDirectory(prefix="virtrigaud-helm-") as home:
        try:
            for step in steps(Helm(program, chart, kubeconfig, namespace, home)):
                print(f"  ok {step}", flush=True)
        except (AssertionError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
            print(f"  FAILED {error!r}")
            return 1
    return 0
