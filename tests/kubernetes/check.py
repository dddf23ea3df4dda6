"""Holds every manifest of a folder against the schemas of Kubernetes, and the promises of ours against the manifest."""

import json
import pathlib
import sys

import jsonschema
import yaml

HERE = pathlib.Path(__file__).parent
SCHEMA = json.loads((HERE / "schema.json").read_text())


def validator(kind):
    return jsonschema.Draft7Validator({"$ref": SCHEMA["kinds"][kind], "$defs": SCHEMA["$defs"]})


def pod_of(manifest):
    spec = manifest.get("spec", {})
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"] if "template" in spec else None


def promises(manifest):
    """What every container of ours keeps to."""
    pod = pod_of(manifest)
    if pod is None:
        return
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    ours = [
        one
        for one in pod.get("initContainers", []) + pod["containers"]
        if one["image"].startswith("retentiond:")
    ]
    assert len(ours) == 1, "one container of ours"
    locked = ours[0]["securityContext"]
    assert locked["readOnlyRootFilesystem"] is True
    assert locked["allowPrivilegeEscalation"] is False
    assert locked["capabilities"] == {"drop": ["ALL"]}
    assert "memory" in ours[0]["resources"]["limits"]
    mounted = {one["name"] for one in ours[0]["volumeMounts"]}
    assert mounted <= {one["name"] for one in pod["volumes"]}, "every mount has its volume"


def faults(path, manifest):
    kind = manifest.get("kind")
    if kind not in SCHEMA["kinds"]:
        return [f"{path}: no schema for {kind}"]
    found = [
        f"{path}: {kind}: {'/'.join(map(str, fault.absolute_path))}: {fault.message}"
        for fault in validator(kind).iter_errors(manifest)
    ]
    if not found:
        promises(manifest)
    return found


def main(folder, schedule):
    found, count = [], 0
    for path in sorted(pathlib.Path(folder).glob("*.yaml")):
        for manifest in yaml.safe_load_all(path.read_text()):
            count += 1
            found += faults(path, manifest)
            if manifest.get("kind") == "ConfigMap":
                pathlib.Path(schedule).write_text(manifest["data"]["retentiond.toml"])
    # A check that finds nothing wrong with a misspelt probe would be none.
    broken = yaml.safe_load((pathlib.Path(folder) / "deployment.yaml").read_text())
    container = broken["spec"]["template"]["spec"]["containers"][0]
    container["livenesProbe"] = container.pop("livenessProbe")
    assert faults("misspelt", broken), "a misspelt probe is found"
    if found:
        sys.exit("\n".join(found))
    print(f"{count} manifests are what Kubernetes 1.33 understands")


main(*sys.argv[1:])
