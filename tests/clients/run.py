#!/usr/bin/env python3
"""Runs a real client, unchanged, against the embedded API server and against a real kube-apiserver.

usage: run.py informer|python|helm --embedded PROGRAM [--skip-real]
PROGRAM is controlplane_serve. README.md says what each client does. The real server shows that the test itself is right.
"""
import argparse
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "parity")]
import helm_client  # noqa: E402
import servers  # noqa: E402

NAMESPACE = "clients"
PATIENCE = 180  # seconds, for one client and one server


def tool(*command):
    """The path that a build script prints; its own words where it fails."""
    done = subprocess.run([HERE / command[0], *command[1:]], text=True, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(1)
    return done.stdout.strip()


def change_while_away(server):
    """Two restarts and a change in between: who was following the server has a version that it no longer knows."""
    server.restart()
    vms = f"/apis/infra.virtrigaud.io/v1beta1/namespaces/{NAMESPACE}/virtualmachines"
    spec = {"providerRef": {"name": "p"}, "classRef": {"name": "small"}, "imageRef": {"name": "debian"}}
    vm = {"apiVersion": "infra.virtrigaud.io/v1beta1", "kind": "VirtualMachine", "metadata": {"name": "meanwhile"}, "spec": spec}
    for call in ({"call": f"POST {vms}", "body": vm}, {"call": f"DELETE {vms}/gone"}):
        answer = server.http(call)
        if answer["status"] >= 300:
            raise SystemExit(f"{call['call']}: {answer['body']}")
    server.restart()


def run_informer(server, program, watch_list, restart):
    environment = {**os.environ, "KUBE_FEATURE_WatchListClient": "true" if watch_list else "false"}
    command = [program, "-kubeconfig", server.kubeconfig, "-namespace", NAMESPACE, *(["-restart"] if restart else [])]
    process = subprocess.Popen(["timeout", str(PATIENCE), *command], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=environment)
    for line in process.stdout:
        if line.strip() == "restart?":
            change_while_away(server)
            process.stdin.write("done\n")
            process.stdin.flush()
        else:
            print("  " + line.rstrip())
    return process.wait()


def run_python(server, python):
    # The real server's certificate is its own: the client would warn at each request.
    command = [python, "-W", "ignore", HERE / "python_client.py", server.kubeconfig, NAMESPACE]
    return subprocess.run(command, timeout=PATIENCE, check=False).returncode


def clients(which):
    """[(what, how)]: each is run on a server of its own, and told whether that is the embedded one."""
    if which == "informer":
        program = tool("build.sh", "informer")
        return [(f"informer, WatchList {'on' if on else 'off'}",
                 lambda server, embedded, on=on: run_informer(server, program, on, restart=embedded)) for on in (True, False)]
    if which == "python":
        python = tool("venv.sh")
        return [("Python client", lambda server, _: run_python(server, python))]
    program = tool("build.sh", "helm")
    return [("helm", lambda server, _: helm_client.run(program, HERE / "chart", server.kubeconfig, NAMESPACE))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("client", choices=["informer", "python", "helm"])
    parser.add_argument("--embedded", required=True, help="the controlplane_serve program")
    parser.add_argument("--skip-real", action="store_true", help="only the embedded server")
    arguments = parser.parse_args()
    failed = []
    for what, run in clients(arguments.client):
        for embedded in [True] if arguments.skip_real else [True, False]:
            with servers.Embedded(arguments.embedded) if embedded else servers.Real() as server:
                name = f"{what}, {'embedded' if embedded else 'kube-apiserver'}"
                print(name, flush=True)
                server.create_namespace(NAMESPACE)
                if run(server, embedded) != 0:
                    failed.append(name)
    for name in failed:
        print(f"FAILED: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
