//! Medians and quantiles.

/// The middle value, or the mean of the two in the middle. NaN if there are none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Returns the smallest of the values such that at least `fraction` of them are not larger.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "there are less than 2^52 values, and a fraction of their number is not negative"
)]
pub(super) fn quantile(values: &[f64], fraction: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() as f64 * fraction).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// Converts a number of bytes or calls.
#[expect(clippy::cast_precision_loss, reason = "nothing here is counted up to 2^52")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_medians() {
        let table: [(&[f64], f64); 3] =
            [(&[3.0], 3.0), (&[9.0, 1.0, 2.0], 2.0), (&[4.0, 1.0, 2.0, 3.0], 2.5)];
        for (values, expected) in table {
            assert!((median(values.to_vec()) - expected).abs() < 1e-9, "{values:?}");
        }
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn computes_quantiles() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        for (values, fraction, expected) in [
            (&hundred[..], 0.5, 50.0),
            (&hundred, 0.99, 99.0),
            (&hundred[..1], 0.99, 1.0),
            (&hundred[..3], 0.5, 2.0),
        ] {
            assert!((quantile(values, fraction) - expected).abs() < 1e-9, "{fraction} of {}", values.len());
        }
        assert!(quantile(&[], 0.5).is_nan());
    }
}
