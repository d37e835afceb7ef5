//! Linear least squares with a little damping.

/// Sums `(rows x - aims)^2`, one row after the other.
pub(super) struct LeastSquares {
    size: usize,
    /// The lower triangle, row by row.
    curvature: Vec<f64>,
    slope: Vec<f64>,
}

impl LeastSquares {
    pub(super) fn new(size: usize) -> Self {
        Self { size, curvature: vec![0.0; size * size], slope: vec![0.0; size] }
    }

    /// One more equation, `row x = aim`, with a weight of its square.
    pub(super) fn add(&mut self, row: &[f64], aim: f64, weight: f64) {
        for (i, &a) in row.iter().enumerate() {
            let a = a * weight;
            self.slope[i] += a * aim;
            for (sum, &b) in self.curvature[i * self.size..][..=i].iter_mut().zip(row) {
                *sum += a * b;
            }
        }
    }

    /// Cholesky's factor, with this share of the mean diagonal added to it.
    pub(super) fn factored(mut self, damping: f64) -> Factored {
        let size = self.size;
        let mean = (0..size).map(|i| self.curvature[i * size + i]).sum::<f64>() / size as f64;
        let l = &mut self.curvature;
        for i in 0..size {
            for j in 0..=i {
                let (upper, lower) = l.split_at_mut(i * size);
                let row = &mut lower[..size];
                let other = if j == i { &row[..j] } else { &upper[j * size..][..j] };
                let product: f64 = row[..j].iter().zip(other).map(|(a, b)| a * b).sum();
                row[j] = if j == i {
                    (row[j] + damping * mean - product).max(f64::MIN_POSITIVE).sqrt()
                } else {
                    (row[j] - product) / upper[j * size + j]
                };
            }
        }
        Factored { size, l: self.curvature, slope: self.slope }
    }
}

pub(super) struct Factored {
    size: usize,
    l: Vec<f64>,
    slope: Vec<f64>,
}

impl Factored {
    /// The least squares' solution.
    pub(super) fn solution(&self) -> Vec<f64> {
        self.solve(&self.slope)
    }

    /// The solution for another right side.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (size, l) = (self.size, &self.l);
        let mut x = right.to_vec();
        for i in 0..size {
            let sum: f64 = l[i * size..][..i].iter().zip(&x).map(|(l, x)| l * x).sum();
            x[i] = (x[i] - sum) / l[i * size + i];
        }
        for i in (0..size).rev() {
            x[i] /= l[i * size + i];
            let now = x[i];
            for (x, l) in x[..i].iter_mut().zip(&l[i * size..][..i]) {
                *x -= l * now;
            }
        }
        x
    }
}
