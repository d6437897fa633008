import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What people do with fabric8's client, against the cluster of $KUBECONFIG. Prints one line a step. */
public class Client {
  private static final String NAMESPACE = "fabric8";

  public static void main(String[] args) throws Exception {
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      System.out.println("version " + client.getKubernetesVersion().getGitVersion());
      client.resource(new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build()).create();
      errors(client);
      informed(client);
      deployed(client);
      client.namespaces().withName(NAMESPACE).delete();
      System.out.println("done");
    }
  }

  private static ConfigMap map(String name, String value) {
    return new ConfigMapBuilder()
        .withNewMetadata().withName(name).withNamespace(NAMESPACE).endMetadata()
        .withData(Map.of("k", value))
        .build();
  }

  private static void errors(KubernetesClient client) {
    expect(client.configMaps().inNamespace(NAMESPACE).withName("absent").get() == null, "absent is null");
    client.resource(map("a", "1")).create();
    expect(codeOf(() -> client.resource(map("a", "1")).create()) == 409, "a exists");
    expect(codeOf(() -> client.resource(map("No!", "1")).create()) == 422, "the name is invalid");
    ConfigMap old = client.resource(map("a", "2")).forceConflicts().serverSideApply();
    client.configMaps().inNamespace(NAMESPACE).withName("a").edit(m -> new ConfigMapBuilder(m).addToData("k", "3").build());
    expect(codeOf(() -> client.resource(old).lockResourceVersion().update()) == 409, "an old version conflicts");
    System.out.println("errors: exists, invalid, conflict; apply and edit");
  }

  private static void informed(KubernetesClient client) throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    try (SharedIndexInformer<ConfigMap> informer = client.configMaps().inNamespace(NAMESPACE).inform(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(ConfigMap object) {
            seen.add("add " + object.getMetadata().getName());
          }

          @Override
          public void onUpdate(ConfigMap old, ConfigMap object) {
            seen.add("update " + object.getData().get("k"));
          }

          @Override
          public void onDelete(ConfigMap object, boolean isUnknown) {
            seen.add("delete " + object.getMetadata().getName());
          }
        })) {
      until("add", () -> seen.contains("add a"));
      client.configMaps().inNamespace(NAMESPACE).withName("a").edit(m -> new ConfigMapBuilder(m).addToData("k", "4").build());
      until("update", () -> seen.contains("update 4"));
      client.configMaps().inNamespace(NAMESPACE).withName("a").delete();
      until("delete", () -> seen.contains("delete a"));
      expect(informer.getStore().list().stream().noneMatch(m -> m.getMetadata().getName().equals("a")), "the store forgot a");
    }
    System.out.println("informer: add, update, delete");
  }

  private static void deployed(KubernetesClient client) {
    Map<String, String> labels = Map.of("app", "web");
    client.resource(new DeploymentBuilder()
        .withNewMetadata().withName("web").withNamespace(NAMESPACE).endMetadata()
        .withNewSpec()
        .withReplicas(2)
        .withNewSelector().withMatchLabels(labels).endSelector()
        .withNewTemplate()
        .withNewMetadata().withLabels(labels).endMetadata()
        .withNewSpec().addNewContainer().withName("c").withImage("web:1").endContainer().endSpec()
        .endTemplate()
        .endSpec()
        .build()).create();
    var web = client.apps().deployments().inNamespace(NAMESPACE).withName("web");
    web.waitUntilReady(60, TimeUnit.SECONDS);
    web.scale(0);
    expect(web.get().getSpec().getReplicas() == 0, "it is scaled");
    web.delete();
    System.out.println("deployment: ready, scaled, deleted");
  }

  private static int codeOf(Runnable work) {
    try {
      work.run();
      return 0;
    } catch (KubernetesClientException refused) {
      return refused.getCode();
    }
  }

  private static void until(String what, BooleanSupplier holds) throws InterruptedException {
    for (int left = 300; !holds.getAsBoolean(); left--) {
      expect(left > 0, what + " in time");
      Thread.sleep(100);
    }
  }

  private static void expect(boolean holds, String what) {
    if (!holds) throw new IllegalStateException("not so: " + what);
  }
}
