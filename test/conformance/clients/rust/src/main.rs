// What people do with kube-rs, against the cluster of $KUBECONFIG. Prints one line a step.
use futures::TryStreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, Error};
use serde_json::json;
use std::time::Duration;

const NAMESPACE: &str = "kube-rs";

fn code_of<T>(result: Result<T, Error>) -> u16 {
    match result {
        Ok(_) => 0,
        Err(Error::Api(status)) => status.code,
        Err(other) => panic!("{other}"),
    }
}

fn object<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).expect("an object of this kind")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::try_default().await?;
    println!("version {}", client.apiserver_version().await?.git_version);
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let create = PostParams::default();
    namespaces.create(&create, &object(json!({"metadata": {"name": NAMESPACE}}))).await?;

    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), NAMESPACE);
    let made: ConfigMap = object(json!({"metadata": {"name": "a"}, "data": {"k": "1"}}));
    assert!(maps.get_opt("absent").await?.is_none());
    let old = maps.create(&create, &made).await?;
    assert_eq!(code_of(maps.create(&create, &made).await), 409);
    let merge = Patch::Merge(json!({"data": {"k": "2"}}));
    maps.patch("a", &PatchParams::default(), &merge).await?;
    assert_eq!(code_of(maps.replace("a", &create, &old).await), 409);
    let wish = Patch::Apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "3"}}));
    assert_eq!(code_of(maps.patch("a", &PatchParams::apply("one"), &wish).await), 409);
    maps.patch("a", &PatchParams::apply("one").force(), &wish).await?;
    println!("errors: exists, conflicts; patches and apply");

    let events = watcher(maps.clone(), watcher::Config::default()).applied_objects();
    futures::pin_mut!(events);
    let first = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            match events.try_next().await? {
                Some(map) if map.metadata.name.as_deref() == Some("a") => return Ok(map),
                Some(_) => {}
                None => panic!("the watcher has ended"),
            }
        }
    })
    .await?;
    let first: ConfigMap = first.map_err(|error: watcher::Error| error)?;
    assert_eq!(first.data.unwrap()["k"], "3");
    println!("watcher: the newest version");

    let deployments: Api<Deployment> = Api::namespaced(client.clone(), NAMESPACE);
    let web: Deployment = object(json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": "web:1"}]},
            },
        },
    }));
    deployments.create(&create, &web).await?;
    let done = await_condition(deployments.clone(), "web", conditions::is_deployment_completed());
    tokio::time::timeout(Duration::from_secs(60), done).await??;
    println!("deployment: completed");

    for index in 0..25 {
        let labels = json!({"paged": "yes"});
        let page = json!({"metadata": {"name": format!("page-{index}"), "labels": labels}});
        maps.create(&create, &object(page)).await?;
    }
    let paged = ListParams::default().labels("paged=yes");
    let first = maps.list(&paged.clone().limit(10)).await?;
    assert_eq!((first.items.len(), first.metadata.remaining_item_count), (10, None));
    let token = first.metadata.continue_.expect("a token");
    assert_eq!(maps.list(&paged.clone().limit(10).continue_token(&token)).await?.items.len(), 10);
    maps.delete_collection(&DeleteParams::default(), &paged).await?;
    println!("list: pages, deleted as a collection");

    namespaces.delete(NAMESPACE, &DeleteParams::default()).await?;
    println!("done");
    Ok(())
}
