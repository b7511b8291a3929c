"""What tests need of the machine."""
import os
import shutil
import sys

REMEDIES = {
    "kubectl": "install kubectl and put it on the PATH: https://kubernetes.io/docs/tasks/tools/",
    "go": "install Go 1.24 or later and put it on the PATH: https://go.dev/dl/ (it builds kube-apiserver and etcd once)",
    "openssl": "apt-get install -y openssl",
    "virsh": "run 'make setup', or apt-get install -y libvirt-clients",
    "libvirtd": "run 'make setup', or apt-get install -y libvirt-daemon-system",
    "qemu-system-x86_64": "run 'make setup', or apt-get install -y qemu-system-x86",
}


def require(*tools):
    """Ends the test program with a remedy where a tool is missing: a test that cannot run has not passed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [tool for tool in tools if not shutil.which(tool, path=path)]
    if missing:
        sys.exit("\n".join(f"{tool} is missing: {REMEDIES.get(tool, 'install it')}" for tool in missing))
