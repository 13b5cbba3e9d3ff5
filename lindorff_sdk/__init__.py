"""Exchange collection cases with Lindorff (Intrum Norway)."""
