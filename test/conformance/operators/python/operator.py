"""The operator for ModelTrainingJob with kopf, as one writes it for any cluster."""
import datetime
import json

import kopf
import kubernetes

GROUP, VERSION, PLURAL = "ml.example.com", "v1", "modeltrainingjobs"


@kopf.on.startup()
def configure(settings: kopf.OperatorSettings, **_):
    kubernetes.config.load_kube_config()
    settings.posting.level = 20


def pod_spec(spec):
    env = {
        "ALGORITHM": spec["algorithmName"],
        "DATA_ENCRYPTION_ENABLED": str(spec["dataEncryption"]["enabled"]).lower(),
        "DATA_ENCRYPTION_ALGORITHM": spec["dataEncryption"]["algorithm"],
        "INPUT_DATA": json.dumps(list(map(dict, spec["inputData"]))),
    }
    volumes, mounts = [], []
    for index, data in enumerate(spec["inputData"]):
        path = f"/data/{data['name']}"
        scheme, _, target = data["source"].partition("://")
        source = {"configMap": {"name": target}} if scheme == "configmap" else {"emptyDir": {}}
        volumes.append({"name": f"input-{index}", **source})
        mounts.append({"name": f"input-{index}", "mountPath": path})
        env[f"INPUT_{data['name'].upper()}_PATH"] = path
        env[f"INPUT_{data['name'].upper()}_SOURCE"] = data["source"]
    return {
        "restartPolicy": "Never",
        "volumes": volumes,
        "containers": [
            {
                "name": "train",
                "image": spec["trainingImage"],
                "env": [{"name": name, "value": value} for name, value in env.items()],
                "volumeMounts": mounts,
                "livenessProbe": {
                    "exec": {"command": ["sh", "-c", "kill -0 1"]},
                    "periodSeconds": spec["livenessProbe"]["periodSeconds"],
                },
            }
        ],
    }


@kopf.on.create(GROUP, VERSION, PLURAL)
@kopf.on.resume(GROUP, VERSION, PLURAL)
def create(spec, name, namespace, annotations, body, patch, **_):
    kept = {k: v for k, v in annotations.items() if not k.startswith(("kubectl.", "kopf."))}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "completionMode": "Indexed",
            "completions": spec["replicas"],
            "parallelism": spec["replicas"],
            "backoffLimit": spec["failureRetries"],
            "template": {"metadata": {"annotations": kept}, "spec": pod_spec(spec)},
        },
    }
    kopf.adopt(job, owner=body)
    kopf.label(job, {"ml.example.com/training": name}, nested=["spec.template"])
    try:
        kubernetes.client.BatchV1Api().create_namespaced_job(namespace, job)
    except kubernetes.client.ApiException as error:
        if error.status != 409:
            raise
    else:
        kopf.info(body, reason="JobCreated", message=f"Created job {name}")
    patch.status["jobName"] = name
    patch.status["phase"] = "Pending"


@kopf.on.event("batch", "v1", "jobs", labels={"ml.example.com/training": kopf.PRESENT})
def observe(type, body, labels, namespace, **_):
    if type == "DELETED":
        return
    status = body.get("status", {})
    ends = {c["type"] for c in status.get("conditions", []) if c["status"] == "True"}
    failed, ready = status.get("failed", 0), status.get("ready", 0)
    phase = "Running" if ready or failed else "Pending"
    phase = "Succeeded" if "Complete" in ends else "Failed" if "Failed" in ends else phase
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = [
        {"type": t, "status": str(t == phase), "reason": "JobObserved", "lastTransitionTime": now}
        for t in ("Running", "Succeeded", "Failed")
    ]
    told = {
        "phase": phase,
        "progress": f"{status.get('succeeded', 0)}/{body['spec']['completions']}",
        "retries": min(failed, body["spec"]["backoffLimit"]),
        "conditions": conditions,
    }
    try:
        kubernetes.client.CustomObjectsApi().patch_namespaced_custom_object_status(
            GROUP, VERSION, namespace, PLURAL, labels["ml.example.com/training"], {"status": told}
        )
    except kubernetes.client.ApiException as error:
        if error.status != 404:
            raise
