//! Accounts and deployments, as the resource manager lists them.

use serde_json::{Value, json};

use super::pages::Pages;
use super::refusal::Refusal;
use super::workloads::{ACCOUNTS, Account, Subscription, WORKLOADS};

pub(super) fn accounts(subscription: Subscription, pages: &Pages) -> Result<Value, Refusal> {
    let own = ACCOUNTS.iter().filter(|account| account.subscription == subscription);
    Ok(list(pages, own.map(describe).collect()))
}

pub(super) fn deployments(account: &Account, pages: &Pages) -> Result<Value, Refusal> {
    let own = WORKLOADS.iter().filter(|workload| workload.account == account.name);
    let deployed = own.filter_map(|workload| workload.deployment.as_ref()).map(|deployment| {
        json!({
            "id": format!("{}/deployments/{}", account.id(), deployment.name),
            "name": deployment.name,
            "type": "Microsoft.CognitiveServices/accounts/deployments",
            "sku": { "name": deployment.sku, "capacity": 100 },
            "properties": {
                "model": {
                    "format": deployment.format,
                    "name": deployment.model,
                    "version": deployment.version,
                },
                "provisioningState": "Succeeded",
                "currentCapacity": 100,
                "versionUpgradeOption": "OnceNewDefaultVersionAvailable",
                "spilloverDeploymentName": null,
                "rateLimits": [{ "key": "token", "renewalPeriod": 60, "count": 100_000 }],
            },
        })
    });
    Ok(list(pages, deployed.collect()))
}

fn describe(account: &Account) -> Value {
    json!({
        "id": account.id(),
        "name": account.name,
        "type": "Microsoft.CognitiveServices/accounts",
        "kind": account.kind,
        "location": "swedencentral",
        "sku": { "name": "S0" },
        "properties": { "provisioningState": "Succeeded" },
    })
}

fn list(pages: &Pages, all: Vec<Value>) -> Value {
    let (value, next) = pages.cut(all);
    json!({ "value": value, "nextLink": next })
}
