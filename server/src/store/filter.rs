//! Conditions of a list: filters that may be left out, and the place after which a page begins.

use crate::db::Value;

/// The conditions of one list, joined by `and`.
#[derive(Debug, Default)]
pub struct Filter {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// Adds a value and says its place, for instance `?3`.
    pub fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Adds a condition as it stands.
    pub fn condition(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    /// The column equals the value, where one is given.
    pub fn equals(&mut self, column: &str, value: Option<impl Into<Value>>) {
        self.compare(column, "=", value);
    }

    /// The column stands in this relation to the value, where one is given.
    pub fn compare(&mut self, column: &str, operator: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            let place = self.place(value);
            self.conditions.push(format!("{column} {operator} {place}"));
        }
    }

    /// The text occurs in one of the columns, where one is given.
    pub fn contains(&mut self, columns: &[&str], text: Option<&str>) {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return };
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let place = self.place(format!("%{escaped}%"));
        let any: Vec<String> =
            columns.iter().map(|column| format!("{column} like {place} escape '\\'")).collect();
        self.conditions.push(format!("({})", any.join(" or ")));
    }

    /// Adds values and gives their places, for `in (…)`. An empty list, which PostgreSQL does not know,
    /// becomes one that holds nothing.
    pub fn places(&mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> String {
        let places: Vec<String> = values.into_iter().map(|value| self.place(value)).collect();
        if places.is_empty() { "null".to_owned() } else { places.join(", ") }
    }

    /// The column is one of the values. An empty list lets nothing through.
    pub fn one_of(&mut self, column: &str, values: impl IntoIterator<Item = impl Into<Value>>) {
        let places = self.places(values);
        self.conditions.push(format!("{column} in ({places})"));
    }

    /// The rows behind the last one of the page before. The list must be ordered by both columns.
    pub fn after(&mut self, column: &str, id_column: &str, last: Option<(Value, Value)>) {
        if let Some((key, id)) = last {
            let (key, id) = (self.place(key), self.place(id));
            self.conditions.push(format!("({column}, {id_column}) > ({key}, {id})"));
        }
    }

    /// The whole statement.
    pub fn select(&self, select: &str, order: &str, limit: u32) -> String {
        let conditions = if self.conditions.is_empty() {
            String::new()
        } else {
            format!(" where {}", self.conditions.join(" and "))
        };
        format!("{select}{conditions} order by {order} limit {limit}")
    }

    /// The values of the statement.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_no_condition() {
        let mut filter = Filter::default();
        filter.equals("kind", None::<&str>);
        filter.contains(&["name"], Some("  "));
        assert_eq!(filter.select("select 1 from t", "name", 5), "select 1 from t order by name limit 5");
    }

    #[test]
    fn conditions_number_their_places_and_search_takes_signs_as_they_are() {
        let mut filter = Filter::default();
        filter.equals("kind", Some("civil"));
        filter.contains(&["case_no", "cause"], Some("50%"));
        filter.one_of("organisation_id", Vec::<Value>::new());
        filter.after("case_no", "id", Some((Value::from("x"), Value::from([1_u8; 16]))));
        let sql = filter.select("select 1 from t", "case_no, id", 5);
        assert_eq!(
            sql,
            "select 1 from t where kind = ?1 and (case_no like ?2 escape '\\' or cause like ?2 escape '\\') \
             and organisation_id in (null) and (case_no, id) > (?3, ?4) order by case_no, id limit 5"
        );
        assert_eq!(filter.values()[1], Value::from("%50\\%%"));
    }
}
