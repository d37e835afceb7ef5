//! Memoryless curves, shaped as residuals `f(x) - x` and antialiased by their antiderivatives.
