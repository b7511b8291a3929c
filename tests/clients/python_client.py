#!/usr/bin/env python3
"""The Python client against an API server. usage: python_client.py KUBECONFIG NAMESPACE (with the packages of requirements.txt)"""
import base64
import datetime
import sys
import threading

from kubernetes import client, config, dynamic, watch
from kubernetes.client.exceptions import ApiException

GROUP, VERSION, PLURAL = "infra.virtrigaud.io", "v1beta1", "virtualmachines"


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")


def vm(name):
    return {"apiVersion": f"{GROUP}/{VERSION}", "kind": "VirtualMachine", "metadata": {"name": name, "labels": {"app": "web"}},
            "spec": {"providerRef": {"name": "p"}, "classRef": {"name": "small"}, "imageRef": {"name": "debian"}}}


def refused(what, code, call):
    try:
        call()
    except ApiException as error:
        expect(what, error.status, code)
        return
    raise AssertionError(f"{what}: not refused")


def custom_objects(namespace):
    api = client.CustomObjectsApi()
    place = (GROUP, VERSION, namespace, PLURAL)
    for name in ("a", "b", "c"):
        api.create_namespaced_custom_object(*place, vm(name))
    refused("a second one of a name", 409, lambda: api.create_namespaced_custom_object(*place, vm("a")))
    page = api.list_namespaced_custom_object(*place, limit=2)
    rest = api.list_namespaced_custom_object(*place, limit=2, _continue=page["metadata"]["continue"])
    expect("pages", [one["metadata"]["name"] for one in page["items"] + rest["items"]], ["a", "b", "c"])
    chosen = api.list_namespaced_custom_object(*place, label_selector="app=web", field_selector="metadata.name=b")
    expect("the chosen", len(chosen["items"]), 1)
    patched = api.patch_namespaced_custom_object(*place, "a", {"spec": {"powerState": "On"}})
    expect("power state", patched["spec"]["powerState"], "On")
    expect("generation", patched["metadata"]["generation"], 2)
    replaced = api.get_namespaced_custom_object(*place, "a")
    replaced["metadata"]["annotations"] = {"note": "x"}
    api.replace_namespaced_custom_object(*place, "a", replaced)
    refused("an old version", 409, lambda: api.replace_namespaced_custom_object(*place, "a", replaced))
    api.patch_namespaced_custom_object_status(*place, "a", {"status": {"phase": "Running"}})
    expect("phase", api.get_namespaced_custom_object_status(*place, "a")["status"]["phase"], "Running")
    refused("no such object", 404, lambda: api.get_namespaced_custom_object(*place, "none"))


def watches(namespace):
    api = client.CustomObjectsApi()
    place = (GROUP, VERSION, namespace, PLURAL)
    version = api.list_namespaced_custom_object(*place)["metadata"]["resourceVersion"]

    def change():
        api.create_namespaced_custom_object(*place, vm("watched"))
        api.patch_namespaced_custom_object(*place, "watched", {"spec": {"powerState": "On"}})
        api.delete_namespaced_custom_object(*place, "watched")

    changes = threading.Thread(target=change)
    changes.start()
    seen = []
    stream = watch.Watch()
    for event in stream.stream(api.list_namespaced_custom_object, *place, resource_version=version, timeout_seconds=20):
        seen.append((event["type"], event["object"]["metadata"]["name"]))
        if event["type"] == "DELETED":
            stream.stop()
    changes.join()
    expect("watch", seen, [("ADDED", "watched"), ("MODIFIED", "watched"), ("DELETED", "watched")])


def secrets_and_events(namespace):
    core, events = client.CoreV1Api(), client.EventsV1Api()
    core.create_namespaced_secret(namespace, client.V1Secret(metadata=client.V1ObjectMeta(name="login"),
                                                             string_data={"user": "admin"}))
    data = core.read_namespaced_secret("login", namespace).data
    expect("secret", base64.b64decode(data["user"]), b"admin")
    core.patch_namespaced_secret("login", namespace, {"stringData": {"user": "root"}})
    expect("secrets", [one.metadata.name for one in core.list_namespaced_secret(namespace).items], ["login"])
    about = client.V1ObjectReference(kind="VirtualMachine", name="a", namespace=namespace)
    now = datetime.datetime.now(datetime.timezone.utc)
    core.create_namespaced_event(namespace, client.CoreV1Event(
        metadata=client.V1ObjectMeta(name="old"), involved_object=about, reason="Started", message="it runs", type="Normal",
        first_timestamp=now, last_timestamp=now, count=1, source=client.V1EventSource(component="python")))
    events.create_namespaced_event(namespace, client.EventsV1Event(
        metadata=client.V1ObjectMeta(name="new"), regarding=about, reason="Stopped", note="it stopped", type="Normal", action="Stop",
        event_time=now, reporting_controller="virtrigaud.io/python", reporting_instance="test"))
    both = core.list_namespaced_event(namespace, field_selector="involvedObject.name=a").items
    expect("core events", {one.metadata.name: one.message for one in both}, {"old": "it runs", "new": "it stopped"})
    core.delete_namespaced_secret("login", namespace)
    refused("a deleted secret", 404, lambda: core.read_namespaced_secret("login", namespace))


def dynamic_client(namespace):
    everything = dynamic.DynamicClient(client.ApiClient())
    vms = everything.resources.get(api_version=f"{GROUP}/{VERSION}", kind="VirtualMachine")
    expect("plural", vms.name, PLURAL)
    made = vms.create(body=vm("dynamic"), namespace=namespace)
    expect("name", made.metadata.name, "dynamic")
    applied = {**vm("dynamic"), "spec": {**vm("dynamic")["spec"], "powerState": "Off"}}
    answer = vms.server_side_apply(body=applied, name="dynamic", namespace=namespace, field_manager="python", force_conflicts=True)
    expect("applied", answer.spec.powerState, "Off")
    names = sorted(one.metadata.name for one in vms.get(namespace=namespace).items)
    expect("names", names, ["a", "b", "c", "dynamic"])
    vms.delete(name="dynamic", namespace=namespace)


def access(namespace):
    wanted = client.V1ResourceAttributes(group=GROUP, resource=PLURAL, verb="create", namespace=namespace)
    review = client.V1SelfSubjectAccessReview(spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=wanted))
    answer = client.AuthorizationV1Api().create_self_subject_access_review(review)
    expect("allowed", answer.status.allowed, True)
    expect("server", client.VersionApi().get_code().major, "1")


def main():
    config.load_kube_config(sys.argv[1])
    for check in (custom_objects, watches, secrets_and_events, dynamic_client, access):
        try:
            check(sys.argv[2])
        except (AssertionError, ApiException, KeyError, AttributeError) as error:
            print(f"  FAILED {check.__name__}: {error!r} {getattr(error, 'body', '')}")
            return 1
        print(f"  ok {check.__name__}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
