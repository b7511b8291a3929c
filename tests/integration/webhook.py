#!/usr/bin/env python3
"""The manager's webhook against a real kube-apiserver: admission, certificates, and life without it.

Needs kubectl and the binaries of tools/testenv/build.sh. VIRTRIGAUD_BIN is the folder of the built programs.
"""
import base64
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import testenv  # noqa: E402

BIN = pathlib.Path(os.environ.get("VIRTRIGAUD_BIN", ROOT / "build/dev/bin"))
SECRET = "virtrigaud-webhook-certs"
CONFIGURATIONS = {"validatingwebhookconfiguration": "virtrigaud-validating-webhook",
                  "mutatingwebhookconfiguration": "virtrigaud-mutating-webhook"}


def obj(kind, name, spec):
    return {"apiVersion": "infra.virtrigaud.io/v1beta1", "kind": kind,
            "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def vm(name, **spec):
    return obj("VirtualMachine", name, {"providerRef": {"name": "lab"}, "classRef": {"name": "small"},
                                        "imageRef": {"name": "tiny"}, **spec})


# Two interfaces of one address: no expression of the schema compares them.
def conflict(name):
    return vm(name, networks=[{"name": "a", "ipAddress": "192.0.2.1"}, {"name": "b", "ipAddress": "192.0.2.1"}])


def check(what, condition, detail=""):
    if not condition:
        raise AssertionError(f"{what}: {detail}")
    print(f"ok: {what}", flush=True)


def eventually(what, probe, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            print(f"ok: {what}", flush=True)
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.1)


class Manager:
    def __init__(self, server, folder, *flags):
        self.log = pathlib.Path(folder) / "manager.log"
        self.ready = pathlib.Path(folder) / "ready.json"
        self.ready.unlink(missing_ok=True)
        out = open(self.log, "ab")
        self.process = subprocess.Popen(
            [BIN / "virtrigaud-manager", "--kubeconfig", server.kubeconfig, "--state-dir", f"{folder}/state",
             "--metrics-bind-address", "127.0.0.1:0", "--health-probe-bind-address", "0",
             "--ready-file", self.ready, *flags], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        out.close()
        testenv.wait_for("virtrigaud-manager", self.ready.exists, self.process, self.log)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def metrics(self):
        import urllib.request
        with urllib.request.urlopen(json.loads(self.ready.read_text())["operations"] + "/metrics") as answer:
            return answer.read().decode()


class Cluster:
    def __init__(self, server):
        self.server = server

    def apply(self, thing, *flags):
        return self.server.kubectl("apply", *flags, "-f", "-", check=False, stdin=json.dumps(thing))

    def get(self, kind, name, *flags):
        found = self.server.kubectl("get", kind, name, "-o", "json", *flags, check=False)
        return json.loads(found.stdout) if found.returncode == 0 else None

    def client_config(self, kind):
        return self.get(kind, CONFIGURATIONS[kind])["webhooks"][0]["clientConfig"]

    def bundle(self, kind):
        return base64.b64decode(self.client_config(kind).get("caBundle", "")).decode()

    def ca(self):
        secret = self.get("secret", SECRET)
        return base64.b64decode(secret["data"]["ca.crt"]).decode() if secret else ""


def serial_of(port):
    """The certificate that the webhook serves with."""
    import ssl
    return ssl.get_server_certificate(("127.0.0.1", port))


def admission(cluster, manager):
    for thing in (obj("Provider", "lab", {"type": "mock"}), obj("VMClass", "small", {"cpu": 1, "memory": "1Gi"}),
                  obj("VMImage", "tiny", {"source": {"libvirt": {"path": "/images/tiny"}}})):
        done = cluster.apply(thing)
        check(f"a sound {thing['kind']} is stored without a warning",
              done.returncode == 0 and not done.stderr, done.stderr)
    refused = cluster.apply(conflict("bad"))
    check("an invalid object is refused", refused.returncode != 0, refused.stdout)
    check("in our words, with its cause", 'The VirtualMachine "bad" is invalid: spec.networks[1].ipAddress: Duplicate value: '
          '"192.0.2.1"' in refused.stderr, refused.stderr)
    warned = cluster.apply(obj("VirtualMachine", "web", {"providerRef": {"name": "lab"}, "vmClassRef": "small",
                                                          "imageRef": {"name": "tiny"}}))
    check("an alias is stored", warned.returncode == 0, warned.stderr)
    check("with a warning", "Warning: spec.vmClassRef: this spelling is an alias" in warned.stderr, warned.stderr)
    stored = cluster.get("virtualmachine", "web")
    check("as the user wrote it", stored["spec"]["vmClassRef"] == "small" and "classRef" not in stored["spec"], stored)
    eventually("the VM runs", lambda: cluster.get("virtualmachine", "web").get("status", {}).get("phase") == "Running")
    text = manager.metrics()
    check("reviews are counted", 'virtrigaud_webhook_requests_total{endpoint="validate",kind="VirtualMachine",'
          'outcome="denied"} 1' in text, text)


def plans(cluster):
    for flags in (("--dry-run=server",), ()):
        done = cluster.apply(obj("VMClass", "small", {"cpu": 2, "memory": "1Gi", "firmware": "UEFI"}), *flags)
        check(f"a class says what its change means {flags}", done.returncode == 0 and
              "Warning: VirtualMachine default/web: cpu is 1, wanted 2: hot" in done.stderr and
              "firmware is BIOS, wanted UEFI: needs replacement" in done.stderr, done.stderr)
    image = vm("web", imageRef={"name": "other"})
    image["spec"].pop("classRef")
    image["spec"]["vmClassRef"] = "small"
    refused = cluster.apply(image)
    check("another image is refused", refused.returncode != 0 and "spec.imageRef" in refused.stderr, refused.stderr)


def certificates(cluster, port):
    for kind in CONFIGURATIONS:
        check(f"{kind} has our CA", cluster.bundle(kind) == cluster.ca(), cluster.client_config(kind))
        check("and our URL", cluster.client_config(kind)["url"].startswith(f"https://127.0.0.1:{port}/"),
              cluster.client_config(kind))
    kind = "validatingwebhookconfiguration"
    cluster.server.kubectl("replace", "-f", str(ROOT / "config/webhook/validating.yaml"))
    eventually("a configuration that was reset is mended", lambda: cluster.bundle(kind) == cluster.ca() and
               "url" in cluster.client_config(kind))

    before, serving = cluster.ca(), serial_of(port)
    cluster.server.kubectl("delete", "secret", SECRET)
    eventually("a lost CA is replaced", lambda: cluster.ca() not in ("", before))
    after = cluster.ca()
    for each in CONFIGURATIONS:
        eventually(f"{each} trusts both", lambda each=each: cluster.bundle(each) == after + before)
    eventually("the server serves with the new one", lambda: serial_of(port) != serving)
    refused = cluster.apply(conflict("bad"))
    check("and the API server believes it", "spec.networks[1].ipAddress" in refused.stderr, refused.stderr)


def without_manager(cluster, server, folder, flags):
    stored = cluster.apply(conflict("unchecked"))
    check("without a manager everything is stored", stored.returncode == 0, stored.stderr)
    manager = Manager(server, folder, *flags)
    try:
        def ready():
            conditions = cluster.get("virtualmachine", "unchecked").get("status", {}).get("conditions", [])
            return next((c for c in conditions if c["type"] == "Ready"), None)
        condition = eventually("the finding becomes a condition", ready)
        check("Ready is false", condition["status"] == "False" and condition["reason"] == "ValidationError", condition)
        check("and says what is wrong", "spec.networks[1].ipAddress" in condition["message"], condition)
        eventually("and it can be deleted", lambda: server.kubectl(
            "delete", "virtualmachine", "unchecked", "--timeout=20s", check=False).returncode == 0, 30)
        check("the CA outlives the manager", cluster.bundle("validatingwebhookconfiguration").startswith(cluster.ca()))
    finally:
        manager.stop()


def from_files(cluster, server, folder, port):
    """Somebody else's certificates, as cert-manager mounts them, with their bundle put in by somebody else."""
    certs = pathlib.Path(folder) / "certs"
    certs.mkdir()

    def issue():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=hook", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", certs / "hook.key", "-out", certs / "hook.crt"], check=True, capture_output=True)
        return (certs / "hook.crt").read_text()

    pem = issue()
    manager = Manager(server, folder, "--webhook-bind-address", f"127.0.0.1:{port}", "--webhook-cert-path", str(certs),
                      "--webhook-cert-name", "hook.crt", "--webhook-cert-key", "hook.key")
    try:
        check("the files are served", serial_of(port).strip() == pem.strip())
        kind = "validatingwebhookconfiguration"
        server.kubectl("patch", kind, CONFIGURATIONS[kind], "--type=json", "-p", json.dumps(
            [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle",
              "value": base64.b64encode(pem.encode()).decode()}]))
        eventually("and believed", lambda: "spec.networks[1].ipAddress" in cluster.apply(conflict("bad"), "--dry-run=server").stderr)
        check("the configuration is not ours to keep", cluster.bundle(kind) == pem)
        renewed = issue()
        eventually("renewed files are taken over", lambda: serial_of(port).strip() == renewed.strip())
    finally:
        manager.stop()


def main():
    with testenv.ApiServer() as server, tempfile.TemporaryDirectory(prefix="virtrigaud-webhook-") as folder:
        server.install_crds()
        server.kubectl("create", "namespace", "virtrigaud")
        server.kubectl("apply", "--server-side", "-f", str(ROOT / "config/webhook"))
        cluster = Cluster(server)
        port = testenv.free_port()
        flags = ("--webhook-bind-address", f"127.0.0.1:{port}", "--webhook-url", f"https://127.0.0.1:{port}")
        manager = Manager(server, folder, *flags)
        try:
            admission(cluster, manager)
            plans(cluster)
            certificates(cluster, port)
        except BaseException:
            print(manager.log.read_text()[-6000:], file=sys.stderr)
            raise
        finally:
            manager.stop()
        without_manager(cluster, server, folder, flags)
        from_files(cluster, server, folder, port)
    print("PASS webhook")


if __name__ == "__main__":
    main()
