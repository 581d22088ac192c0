//! Whether two kinds of samples come from one distribution: Welch's t over what is left below
//! several thresholds, as dudect does it (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant
//! time?"). Above 10 they are told apart; below 4.5 there is no sign of it.

/// Nanoseconds of each kind of input.
pub(crate) type Samples = Vec<Vec<u32>>;

pub(crate) const TOLD_APART: f64 = 10.0;
pub(crate) const NO_SIGN: f64 = 4.5;

/// The median, and where it lies with a probability of 95 % (by the order statistics, whatever the
/// distribution is).
pub(crate) fn median(sorted: &[u32]) -> (u32, u32, u32) {
    let count = sorted.len() as f64;
    let at = |place: f64| sorted[(place.max(0.0) as usize).min(sorted.len() - 1)];
    let half = 0.98 * count.sqrt();
    (
        at(count / 2.0),
        at(count / 2.0 - half),
        at(count / 2.0 + half),
    )
}

/// The t of the largest size, over thresholds that cut off as much of both kinds together.
pub(crate) fn t(first: &[u32], second: &[u32]) -> f64 {
    let mut both = [first, second].concat();
    both.sort_unstable();
    let mut largest = 0.0f64;
    for percent in [50, 75, 90, 95, 99, 100] {
        let limit = both[(both.len() * percent / 100).saturating_sub(1)];
        let t = welch(&below(first, limit), &below(second, limit));
        if t.abs() > largest.abs() {
            largest = t;
        }
    }
    largest
}

fn below(samples: &[u32], limit: u32) -> Vec<f64> {
    let left = samples.iter().filter(|sample| **sample <= limit);
    left.map(|sample| f64::from(*sample)).collect()
}

fn welch(first: &[f64], second: &[f64]) -> f64 {
    let (mean, spread) = moments(first);
    let (other, other_spread) = moments(second);
    let error = (spread / first.len() as f64 + other_spread / second.len() as f64).sqrt();
    if error > 0.0 {
        (mean - other) / error
    } else {
        0.0
    }
}

fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (count - 1.0))
}
