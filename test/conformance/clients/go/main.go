// What people do with client-go, against the cluster of $KUBECONFIG: typed calls in protobuf, informers that list by
// watching, apply, dynamic objects, a leader's lease. Prints one line a step.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
)

const namespace = "client-go"

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(holds bool, what string) {
	if !holds {
		panic("not so: " + what)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	config := must(clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG")))
	config.QPS = 200
	config.Burst = 200
	binary := *config
	binary.ContentType = "application/vnd.kubernetes.protobuf"
	typed := must(kubernetes.NewForConfig(&binary))

	version := must(typed.Discovery().ServerVersion())
	fmt.Println("version", version.GitVersion)
	must(typed.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
	}, metav1.CreateOptions{}))

	errorsOf(ctx, typed)
	watched(ctx, typed)
	applied(ctx, typed)
	deployed(ctx, typed)
	paged(ctx, typed)
	dynamically(ctx, typed, must(dynamic.NewForConfig(config)))
	led(ctx, typed)
	check(typed.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}))
	fmt.Println("done")
}

func errorsOf(ctx context.Context, client kubernetes.Interface) {
	maps := client.CoreV1().ConfigMaps(namespace)
	_, err := maps.Get(ctx, "absent", metav1.GetOptions{})
	expect(apierrors.IsNotFound(err), "absent is not found")
	made := must(maps.Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "a"}, Data: map[string]string{"k": "1"},
	}, metav1.CreateOptions{}))
	_, err = maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "a"}}, metav1.CreateOptions{})
	expect(apierrors.IsAlreadyExists(err), "a exists")
	_, err = maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "No!"}}, metav1.CreateOptions{})
	expect(apierrors.IsInvalid(err), "the name is invalid")
	next := made.DeepCopy()
	next.Data["k"] = "2"
	must(maps.Update(ctx, next, metav1.UpdateOptions{}))
	_, err = maps.Update(ctx, next, metav1.UpdateOptions{})
	expect(apierrors.IsConflict(err), "the second update conflicts")
	check(retry.RetryOnConflict(retry.DefaultRetry, func() error {
		newest, err := maps.Get(ctx, "a", metav1.GetOptions{})
		if err != nil {
			return err
		}
		newest.Data["k"] = "3"
		_, err = maps.Update(ctx, newest, metav1.UpdateOptions{})
		return err
	}))
	fmt.Println("errors: not found, exists, invalid, conflict")
}

func watched(ctx context.Context, client kubernetes.Interface) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().ConfigMaps()
	seen := make(chan string, 100)
	must(informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { seen <- "add " + o.(*corev1.ConfigMap).Name },
		UpdateFunc: func(_, o any) { seen <- "update " + o.(*corev1.ConfigMap).Data["k"] },
		DeleteFunc: func(o any) { seen <- "delete " + o.(*corev1.ConfigMap).Name },
	}))
	ended, stop := context.WithCancel(ctx)
	defer stop()
	factory.Start(ended.Done())
	expect(cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced), "the informer has synced")
	listed := must(informer.Lister().ConfigMaps(namespace).Get("a"))
	expect(listed.Data["k"] == "3", "the lister shows the newest")
	maps := client.CoreV1().ConfigMaps(namespace)
	must(maps.Patch(ctx, "a", types.MergePatchType, []byte(`{"data":{"k":"4"}}`), metav1.PatchOptions{}))
	check(maps.Delete(ctx, "a", metav1.DeleteOptions{}))
	for _, wanted := range []string{"add a", "update 4", "delete a"} {
		for got := ""; got != wanted; {
			select {
			case got = <-seen:
			case <-ctx.Done():
				panic("the informer never told: " + wanted)
			}
		}
	}
	fmt.Println("informer: add, update, delete")
}

func applied(ctx context.Context, client kubernetes.Interface) {
	maps := client.CoreV1().ConfigMaps(namespace)
	wish := corev1apply.ConfigMap("b", namespace).WithData(map[string]string{"x": "1", "y": "1"})
	made := must(maps.Apply(ctx, wish, metav1.ApplyOptions{FieldManager: "one"}))
	expect(len(made.ManagedFields) == 1 && made.ManagedFields[0].Manager == "one", "one manages all")
	_, err := maps.Apply(ctx, corev1apply.ConfigMap("b", namespace).WithData(map[string]string{"x": "2"}),
		metav1.ApplyOptions{FieldManager: "two"})
	expect(apierrors.IsConflict(err), "two is in conflict with one")
	extracted := must(corev1apply.ExtractConfigMap(made, "one"))
	delete(extracted.Data, "y")
	after := must(maps.Apply(ctx, extracted, metav1.ApplyOptions{FieldManager: "one"}))
	_, has := after.Data["y"]
	expect(!has, "what is no longer applied is gone")
	fmt.Println("apply: ownership, conflict, removal")
}

func deployed(ctx context.Context, client kubernetes.Interface) {
	replicas := int32(2)
	labels := map[string]string{"app": "web"}
	deployments := client.AppsV1().Deployments(namespace)
	must(deployments.Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "web:1"}}},
			},
		},
	}, metav1.CreateOptions{}))
	check(wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		now, err := deployments.Get(ctx, "web", metav1.GetOptions{})
		return err == nil && now.Status.AvailableReplicas == replicas, err
	}))
	scale := must(deployments.GetScale(ctx, "web", metav1.GetOptions{}))
	scale.Spec.Replicas = 0
	must(deployments.UpdateScale(ctx, "web", scale, metav1.UpdateOptions{}))
	check(deployments.Delete(ctx, "web", metav1.DeleteOptions{}))
	fmt.Println("deployment: available, scaled, deleted")
}

func paged(ctx context.Context, client kubernetes.Interface) {
	maps := client.CoreV1().ConfigMaps(namespace)
	for i := range 25 {
		must(maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("page-%02d", i), Labels: map[string]string{"paged": "yes"},
		}}, metav1.CreateOptions{}))
	}
	count, options := 0, metav1.ListOptions{LabelSelector: "paged in (yes)", Limit: 10}
	for pages := 0; ; pages++ {
		page := must(maps.List(ctx, options))
		count += len(page.Items)
		if page.Continue == "" {
			expect(pages == 2, "three pages")
			break
		}
		options.Continue = page.Continue
	}
	expect(count == 25, "all items")
	check(maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "paged"}))
	fmt.Println("list: three pages, deleted as a collection")
}

func dynamically(ctx context.Context, client kubernetes.Interface, objects dynamic.Interface) {
	definitions := schema.GroupVersionResource{
		Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
	}
	definition := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": "boats.go.example.com"},
		"spec": map[string]any{
			"group": "go.example.com",
			"scope": "Namespaced",
			"names": map[string]any{"plural": "boats", "kind": "Boat"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object",
					"properties": map[string]any{"spec": map[string]any{
						"type":       "object",
						"properties": map[string]any{"seats": map[string]any{"type": "integer", "default": int64(8)}},
					}},
				}},
			}},
		},
	}}
	must(objects.Resource(definitions).Create(ctx, definition, metav1.CreateOptions{}))
	defer func() {
		check(objects.Resource(definitions).Delete(ctx, definition.GetName(), metav1.DeleteOptions{}))
	}()
	kind := schema.GroupKind{Group: "go.example.com", Kind: "Boat"}
	check(wait.PollUntilContextCancel(ctx, 20*time.Millisecond, true, func(context.Context) (bool, error) {
		groups, err := restmapper.GetAPIGroupResources(client.Discovery())
		if err != nil {
			return false, nil
		}
		_, err = restmapper.NewDiscoveryRESTMapper(groups).RESTMapping(kind, "v1")
		return err == nil, nil
	}))
	boats := objects.Resource(schema.GroupVersionResource{
		Group: kind.Group, Version: "v1", Resource: "boats",
	}).Namespace(namespace)
	made := must(boats.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "go.example.com/v1",
		"kind":       "Boat",
		"metadata":   map[string]any{"name": "eight"},
		"spec":       map[string]any{},
	}}, metav1.CreateOptions{}))
	seats, _, err := unstructured.NestedInt64(made.Object, "spec", "seats")
	expect(err == nil && seats == 8, "the default is filled in")
	fmt.Println("dynamic: definition, mapping, instance")
}

func led(ctx context.Context, client kubernetes.Interface) {
	leading, stop := context.WithCancel(ctx)
	won := false
	leaderelection.RunOrDie(leading, leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: "leader"},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: "me"},
		},
		LeaseDuration:   15 * time.Second,
		RenewDeadline:   10 * time.Second,
		RetryPeriod:     2 * time.Second,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { won = true; stop() },
			OnStoppedLeading: func() {},
		},
	})
	expect(won, "the lease is won")
	fmt.Println("leader: won and released")
}
