//! Files that say by their heading what they are.

use super::mapping::{Field, Mapping, OneOrMore};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::providers::openai::line_item;

/// A kind of file whose columns are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Cost and usage by the FinOps Open Cost and Usage Specification, 1.0 to 1.2.
    Focus,
    /// The cost file that OpenAI's console exports.
    OpenAiCosts,
    /// The activity that OpenRouter's site exports, a line for each generation.
    OpenRouterActivity,
}

impl Preset {
    const ALL: [Self; 3] = [Self::Focus, Self::OpenAiCosts, Self::OpenRouterActivity];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Focus => "focus",
            Self::OpenAiCosts => "openai-costs",
            Self::OpenRouterActivity => "openrouter-activity",
        }
    }

    /// Whose heading has these columns.
    pub(super) fn of(columns: &[String]) -> Option<Self> {
        let has = |mark: &&str| columns.iter().any(|column| column == mark);
        Self::ALL.into_iter().find(|preset| preset.marks().iter().all(has))
    }

    /// Columns that no other file has together.
    fn marks(self) -> &'static [&'static str] {
        match self {
            Self::Focus => &["BilledCost", "BillingCurrency", "ChargeCategory", "ChargePeriodStart", "ChargePeriodEnd"],
            Self::OpenAiCosts => &["start_time", "end_time", "amount_value", "amount_currency", "line_item"],
            Self::OpenRouterActivity => &["generation_id", "created_at", "cost_total", "model_permaslug"],
        }
    }

    fn columns(self) -> &'static [(Field, &'static [&'static str])] {
        match self {
            Self::Focus => &[
                (Field::Date, &["ChargePeriodStart"]),
                (Field::End, &["ChargePeriodEnd"]),
                (Field::Amount, &["BilledCost"]),
                (Field::Currency, &["BillingCurrency"]),
                (Field::Category, &["ChargeCategory"]),
                (Field::Project, &["SubAccountId"]),
                (Field::ProjectName, &["SubAccountName"]),
                (Field::LineItem, &["ChargeDescription", "SkuId", "ServiceName"]),
                (Field::Quantity, &["ConsumedQuantity"]),
                (Field::Unit, &["ConsumedUnit"]),
            ],
            Self::OpenAiCosts => &[
                (Field::Date, &["start_time"]),
                (Field::End, &["end_time"]),
                (Field::Amount, &["amount_value"]),
                (Field::Currency, &["amount_currency"]),
                (Field::Project, &["project_id"]),
                (Field::LineItem, &["line_item"]),
            ],
            Self::OpenRouterActivity => &[
                (Field::Date, &["created_at"]),
                (Field::Amount, &["cost_total"]),
                (Field::Model, &["model_permaslug"]),
                (Field::LineItem, &["provider_name"]),
            ],
        }
    }

    /// What the columns mean, as far as the file has them.
    pub(super) fn mapping(self, columns: &[String]) -> Mapping {
        let there = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).filter(|name| columns.contains(name)).collect()
        };
        let known = self.columns().iter().map(|(field, names)| (*field, there(names)));
        let mut mapping = Mapping {
            columns: known
                .filter(|(_, names)| !names.is_empty())
                .map(|(field, names)| (field, OneOrMore(names)))
                .collect(),
            ..Mapping::default()
        };
        if self == Self::OpenRouterActivity {
            mapping.fixed.insert(Field::Currency, "USD".to_owned());
        }
        mapping
    }

    /// Says of a charge what its line item tells, as the feed of the same provider would.
    pub(super) fn complete(self, record: &mut CostRecord) {
        if self != Self::OpenAiCosts {
            return;
        }
        let item = line_item::parse(record.line_item.as_deref().unwrap_or_default(), record.unit.as_deref());
        record.dims.model = record.dims.model.take().or(item.model);
        record.dims.service_tier = record.dims.service_tier.take().or(item.service_tier);
        record.dims.prompt_over = item.prompt_over;
        record.meter = record.meter.or(item.meter);
        if record.amount.amount.is_sign_negative() && record.category == ChargeCategory::Usage {
            record.category = ChargeCategory::Credit;
        }
    }

    /// How FOCUS files that come out of databases write what is not there.
    pub(super) fn writes_null(self) -> bool {
        self == Self::Focus
    }

    /// Days on which nothing was charged are lines without an amount.
    pub(super) fn has_empty_buckets(self) -> bool {
        self == Self::OpenAiCosts
    }
}
