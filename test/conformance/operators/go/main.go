// The operator for ModelTrainingJob with controller-runtime, as one writes it for any cluster.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

type reconciler struct {
	client.Client
	scheme   *runtime.Scheme
	recorder events.EventRecorder
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var training ModelTrainingJob
	if err := r.Get(ctx, request.NamespacedName, &training); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !training.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	var job batchv1.Job
	err := r.Get(ctx, request.NamespacedName, &job)
	if apierrors.IsNotFound(err) {
		made := jobFor(&training)
		if err := ctrl.SetControllerReference(&training, made, r.scheme); err != nil {
			return ctrl.Result{}, err
		}
		if err := r.Create(ctx, made); err != nil {
			return ctrl.Result{}, client.IgnoreAlreadyExists(err)
		}
		r.recorder.Eventf(&training, made, corev1.EventTypeNormal, "JobCreated", "Create", "Created job %s", made.Name)
		return ctrl.Result{}, nil
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	before := training.DeepCopyObject().(*ModelTrainingJob)
	setStatus(&training, &job)
	if equality.Semantic.DeepEqual(before.Status, training.Status) {
		return ctrl.Result{}, nil
	}
	if training.Status.Phase != before.Status.Phase {
		r.recorder.Eventf(&training, &job, corev1.EventTypeNormal, "Training"+training.Status.Phase, "Observe", "The training is %s", training.Status.Phase)
	}
	return ctrl.Result{}, r.Status().Patch(ctx, &training, client.MergeFrom(before))
}

func setStatus(training *ModelTrainingJob, job *batchv1.Job) {
	status := &training.Status
	status.JobName = job.Name
	status.ObservedGeneration = training.Generation
	status.Progress = fmt.Sprintf("%d/%d", job.Status.Succeeded, training.Spec.Replicas)
	status.Retries = min(job.Status.Failed, training.Spec.FailureRetries)
	status.Phase = "Pending"
	if job.Status.Ready != nil && *job.Status.Ready > 0 || job.Status.Failed > 0 {
		status.Phase = "Running"
	}
	for _, condition := range job.Status.Conditions {
		if condition.Status != corev1.ConditionTrue {
			continue
		}
		switch condition.Type {
		case batchv1.JobComplete:
			status.Phase = "Succeeded"
		case batchv1.JobFailed:
			status.Phase = "Failed"
		}
	}
	for _, kind := range []string{"Running", "Succeeded", "Failed"} {
		value := metav1.ConditionFalse
		if kind == status.Phase {
			value = metav1.ConditionTrue
		}
		meta.SetStatusCondition(&status.Conditions, metav1.Condition{Type: kind, Status: value, Reason: "JobObserved"})
	}
}

func jobFor(training *ModelTrainingJob) *batchv1.Job {
	spec := training.Spec
	indexed := batchv1.IndexedCompletion
	data, _ := json.Marshal(spec.InputData)
	env := []corev1.EnvVar{
		{Name: "ALGORITHM", Value: spec.AlgorithmName},
		{Name: "DATA_ENCRYPTION_ENABLED", Value: fmt.Sprint(spec.DataEncryption.Enabled)},
		{Name: "DATA_ENCRYPTION_ALGORITHM", Value: spec.DataEncryption.Algorithm},
		{Name: "INPUT_DATA", Value: string(data)},
	}
	var volumes []corev1.Volume
	var mounts []corev1.VolumeMount
	for i, input := range spec.InputData {
		name := fmt.Sprintf("input-%d", i)
		path := "/data/" + input.Name
		source := corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
		if configMap, ok := strings.CutPrefix(input.Source, "configmap://"); ok {
			source = corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}}}
		}
		volumes = append(volumes, corev1.Volume{Name: name, VolumeSource: source})
		mounts = append(mounts, corev1.VolumeMount{Name: name, MountPath: path})
		prefix := "INPUT_" + strings.ToUpper(input.Name)
		env = append(env, corev1.EnvVar{Name: prefix + "_PATH", Value: path}, corev1.EnvVar{Name: prefix + "_SOURCE", Value: input.Source})
	}
	annotations := map[string]string{}
	for key, value := range training.Annotations {
		if key != corev1.LastAppliedConfigAnnotation {
			annotations[key] = value
		}
	}
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: training.Name, Namespace: training.Namespace},
		Spec: batchv1.JobSpec{
			CompletionMode: &indexed,
			Completions:    &spec.Replicas,
			Parallelism:    &spec.Replicas,
			BackoffLimit:   &spec.FailureRetries,
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Annotations: annotations},
				Spec: corev1.PodSpec{
					RestartPolicy: corev1.RestartPolicyNever,
					Volumes:       volumes,
					Containers: []corev1.Container{{
						Name:         "train",
						Image:        spec.TrainingImage,
						Env:          env,
						VolumeMounts: mounts,
						LivenessProbe: &corev1.Probe{
							PeriodSeconds: spec.LivenessProbe.PeriodSeconds,
							ProbeHandler:  corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"sh", "-c", "kill -0 1"}}},
						},
					}},
				},
			},
		},
	}
}

func main() {
	ctrl.SetLogger(zap.New())
	log := ctrl.Log.WithName("setup")
	fail := func(what string, err error) {
		log.Error(err, what)
		os.Exit(1)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, addToScheme} {
		if err := add(scheme); err != nil {
			fail("cannot register types", err)
		}
	}
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Scheme:                        scheme,
		LeaderElection:                true,
		LeaderElectionID:              "model-training-operator",
		LeaderElectionNamespace:       "default",
		LeaderElectionReleaseOnCancel: true,
		Metrics:                       metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress:        "127.0.0.1:0",
	})
	if err != nil {
		fail("cannot make a manager", err)
	}
	if err := manager.AddReadyzCheck("ready", healthz.Ping); err != nil {
		fail("cannot add a check", err)
	}
	r := &reconciler{Client: manager.GetClient(), scheme: scheme, recorder: manager.GetEventRecorder("model-training-operator")}
	err = ctrl.NewControllerManagedBy(manager).For(&ModelTrainingJob{}).Owns(&batchv1.Job{}).Complete(r)
	if err != nil {
		fail("cannot make the controller", err)
	}
	if err := manager.Start(ctrl.SetupSignalHandler()); err != nil {
		fail("the manager ended", err)
	}
}
