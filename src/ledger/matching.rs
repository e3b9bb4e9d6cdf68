//! Which use a line of the bill is about, and how sure that is.

use std::collections::BTreeSet;

use super::lines::{Charge, Line};
use crate::domain::spend::PricedUsage;
use crate::domain::usage::Dimensions;

/// How a line and a use were found to belong together, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    /// Everything that the bill tells agrees.
    Exact,
    /// The project, the model and the meter agree; tier, region or prompt size do not, or are not told.
    Rate,
    /// The project and the model agree, but nothing of the line's meter was used.
    Model,
    /// The model and the meter agree, and one side does not tell projects.
    ModelMeter,
    /// Only the model agrees, and one side does not tell projects.
    ModelAnywhere,
    /// The line is a lump sum of the project.
    Project,
    /// The line is a lump sum of the account.
    Account,
}

impl Match {
    /// Line and use count the same thing, so that their prices can be compared.
    pub(crate) fn is_like_for_like(self) -> bool {
        !matches!(self, Self::Model | Self::ModelAnywhere)
    }
}

/// The values that the bill tells apart.
///
/// A line without a key covers the use of every key that no other line names: `None` next to lines with keys means "no key",
/// `None` everywhere means "not told".
pub(crate) struct Told<'a> {
    api_keys: BTreeSet<&'a str>,
    users: BTreeSet<&'a str>,
    models: BTreeSet<&'a str>,
    tiers: BTreeSet<&'a str>,
    regions: BTreeSet<&'a str>,
    prompts: BTreeSet<u32>,
}

impl<'a> Told<'a> {
    pub(crate) fn by(lines: &'a [Line]) -> Self {
        fn values(lines: &[Line], field: fn(&Dimensions) -> Option<&str>) -> BTreeSet<&str> {
            lines.iter().filter_map(|line| field(&line.charge.dims)).collect()
        }
        Self {
            api_keys: values(lines, |dims| dims.api_key.as_deref()),
            users: values(lines, |dims| dims.user.as_deref()),
            models: values(lines, |dims| dims.model.as_deref()),
            tiers: values(lines, |dims| dims.service_tier.as_deref()),
            regions: values(lines, |dims| dims.region.as_deref()),
            prompts: lines.iter().map(|line| line.charge.dims.prompt_over).filter(|over| *over > 0).collect(),
        }
    }

    fn agrees(&self, charge: &Charge, used: &Dimensions) -> bool {
        fn covers(told: &BTreeSet<&str>, line: Option<&String>, used: Option<&String>) -> bool {
            line == used || (line.is_none() && used.is_some_and(|value| !told.contains(value.as_str())))
        }
        let dims = &charge.dims;
        let other_name = used.model.as_ref().is_none_or(|model| !self.models.contains(model.as_str()));
        (!charge.tells_model() || dims.model == used.model || other_name)
            && (dims.prompt_over == used.prompt_over
                || (dims.prompt_over == 0 && !self.prompts.contains(&used.prompt_over)))
            && covers(&self.api_keys, dims.api_key.as_ref(), used.api_key.as_ref())
            && covers(&self.users, dims.user.as_ref(), used.user.as_ref())
            && covers(&self.tiers, dims.service_tier.as_ref(), used.service_tier.as_ref())
            && covers(&self.regions, dims.region.as_ref(), used.region.as_ref())
    }
}

/// The surest way in which `charge` is about `used`; `None` where it is not.
pub(crate) fn find(charge: &Charge, used: &PricedUsage, told: &Told<'_>) -> Option<Match> {
    let (dims, lump) = (&charge.dims, charge.is_lump());
    let model = !charge.tells_model() || same_model(charge, used);
    let meter = charge.meter.is_none_or(|meter| meter == used.meter);
    if !model || (!meter && !charge.tells_model()) {
        return None;
    }
    let contradicts = |line: &Option<String>, used: &Option<String>| line.is_some() && used.is_some() && line != used;
    if contradicts(&dims.project, &used.dims.project)
        || contradicts(&dims.api_key, &used.dims.api_key)
        || contradicts(&dims.user, &used.dims.user)
    {
        return None;
    }
    Some(match (lump, dims.project == used.dims.project, meter) {
        (true, true, _) => Match::Project,
        (true, false, _) => Match::Account,
        (false, true, true) if told.agrees(charge, &used.dims) => Match::Exact,
        (false, true, true) => Match::Rate,
        (false, true, false) => Match::Model,
        (false, false, true) => Match::ModelMeter,
        (false, false, false) => Match::ModelAnywhere,
    })
}

/// Whether both name one model, by the price list's name where it knows both.
pub(crate) fn same_model(charge: &Charge, used: &PricedUsage) -> bool {
    match (&charge.model, &used.model) {
        (Some(line), Some(used)) => line == used,
        _ => charge.dims.model.is_some() && charge.dims.model == used.dims.model,
    }
}
