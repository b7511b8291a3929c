"""The two servers, and how a call is made to either."""
import http.client
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.parse

import testenv
import yaml

TIMEOUT = 30  # seconds, for one call


class Server:
    """Base: url, token, kubeconfig are set by whoever starts it."""

    url = token = kubeconfig = None
    kubectl_program = "kubectl"

    def run(self, call):
        return self.kubectl(call) if "kubectl" in call else self.http(call)

    def http(self, call):
        """A new definition's storage is not there at once: the real server then asks to come again (429)."""
        for _ in range(20):
            result = self._http(call)
            if result["status"] != 429:
                break
            time.sleep(0.5)
        return result

    def _http(self, call):
        method, _, target = call["call"].partition(" ")
        headers = {"User-Agent": "parity/1", "Accept": "application/json"}
        if call.get("token", True):
            headers["Authorization"] = "Bearer " + call.get("bearer", self.token)
        body = call.get("body")
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = body if isinstance(body, str) else json.dumps(body)
        headers.update(call.get("headers") or {})
        headers = {name: value for name, value in headers.items() if value is not None}
        address = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=TIMEOUT,
                                                 context=ssl._create_unverified_context())
        try:
            connection.request(method, urllib.parse.quote(target, safe="/%?&=:,+;!()*~'@$"),
                               body=body.encode() if body is not None else None, headers=headers)
            response = connection.getresponse()
            result = {"status": response.status, "headers": response.getheaders()}
            if response.status < 300 and "events" in call:
                result["body"] = self._events(response, call["events"])
            else:
                result["body"] = self._decode(response.read(), response.getheader("Content-Type", ""))
            return result
        finally:
            connection.close()

    @staticmethod
    def _decode(text, content_type):
        if content_type == "application/yaml":
            return yaml.safe_load(text)
        try:
            return json.loads(text)
        except ValueError:
            return text.decode(errors="replace")

    @staticmethod
    def _events(response, limit):
        """At most `limit` watch events; fewer if the server ends the watch first."""
        events = []
        while len(events) < limit:
            line = response.readline()
            if not line:
                break
            events.append(json.loads(line))
        return events

    def kubectl(self, call):
        stdin = call.get("stdin")
        if stdin is not None and not isinstance(stdin, str):
            documents = stdin if isinstance(stdin, list) else [stdin]
            stdin = "\n---\n".join(json.dumps(document) for document in documents)
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "KUBECTL_EXTERNAL_DIFF": "diff -u0",
                       "HOME": str(self.home)}
        run = subprocess.run([self.kubectl_program, *call["kubectl"]], input=stdin, text=True, capture_output=True, timeout=TIMEOUT * 2,
                             env=environment, check=False)
        result = {"exit": run.returncode, "stdout": run.stdout, "stderr": run.stderr}
        if run.returncode == 0 and run.stdout.startswith("{"):
            result["body"] = json.loads(run.stdout)
            del result["stdout"]
        return result

    def create_namespace(self, name):
        self.http({"call": "POST /api/v1/namespaces", "body": {"metadata": {"name": name}}})


class Real(Server):
    """kube-apiserver and etcd, with our CustomResourceDefinitions."""

    def __enter__(self):
        self.environment = testenv.ApiServer()
        self.environment.__enter__()
        try:
            self.environment.install_crds()
        except BaseException:
            self.environment.__exit__()
            raise
        self.url, self.token, self.kubeconfig = (self.environment.url, self.environment.token,
                                                 self.environment.kubeconfig)
        self.home = tempfile.mkdtemp(prefix="virtrigaud-parity-home-")
        return self

    def __exit__(self, *_):
        self.environment.__exit__()
        shutil.rmtree(self.home, ignore_errors=True)


class Embedded(Server):
    """The control plane inside our own programs."""

    def __init__(self, program):
        self.program = program

    def __enter__(self):
        self.home = tempfile.mkdtemp(prefix="virtrigaud-parity-")
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def restart(self):
        """Stops and starts it on the same folder, so at the same address."""
        self._stop()
        self._start()

    def _start(self):
        self.process = subprocess.Popen([self.program, self.home + "/data"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.kubeconfig = self.process.stdout.readline().strip()
        if not self.kubeconfig:
            raise RuntimeError(f"{self.program} did not start")
        config = json.loads(pathlib.Path(self.kubeconfig).read_text())
        self.url = config["clusters"][0]["cluster"]["server"]
        self.token = config["users"][0]["user"]["token"]

    def _stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
