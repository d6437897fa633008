package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "ml.example.com", Version: "v1"}

type InputData struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	Format string `json:"format,omitempty"`
}

type DataEncryption struct {
	Enabled       bool   `json:"enabled,omitempty"`
	Algorithm     string `json:"algorithm,omitempty"`
	KeySecretName string `json:"keySecretName,omitempty"`
}

type LivenessProbe struct {
	PeriodSeconds int32 `json:"periodSeconds,omitempty"`
}

type TrainingSpec struct {
	AlgorithmName  string         `json:"algorithmName"`
	TrainingImage  string         `json:"trainingImage"`
	InputData      []InputData    `json:"inputData"`
	FailureRetries int32          `json:"failureRetries"`
	Replicas       int32          `json:"replicas"`
	LivenessProbe  LivenessProbe  `json:"livenessProbe"`
	DataEncryption DataEncryption `json:"dataEncryption"`
}

type TrainingStatus struct {
	Phase              string             `json:"phase,omitempty"`
	JobName            string             `json:"jobName,omitempty"`
	Progress           string             `json:"progress,omitempty"`
	Retries            int32              `json:"retries"`
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

type ModelTrainingJob struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              TrainingSpec   `json:"spec"`
	Status            TrainingStatus `json:"status,omitempty"`
}

type ModelTrainingJobList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ModelTrainingJob `json:"items"`
}

func (in *ModelTrainingJob) DeepCopyObject() runtime.Object {
	out := *in
	out.ObjectMeta = *in.ObjectMeta.DeepCopy()
	out.Spec.InputData = append([]InputData(nil), in.Spec.InputData...)
	out.Status.Conditions = nil
	for _, condition := range in.Status.Conditions {
		out.Status.Conditions = append(out.Status.Conditions, *condition.DeepCopy())
	}
	return &out
}

func (in *ModelTrainingJobList) DeepCopyObject() runtime.Object {
	out := *in
	out.ListMeta = *in.ListMeta.DeepCopy()
	out.Items = nil
	for i := range in.Items {
		out.Items = append(out.Items, *in.Items[i].DeepCopyObject().(*ModelTrainingJob))
	}
	return &out
}

func addToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(groupVersion, &ModelTrainingJob{}, &ModelTrainingJobList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
	return nil
}
