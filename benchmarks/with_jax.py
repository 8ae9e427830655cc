"""The same work in JAX: one trial as a scan over its steps, mapped over trials, compiled."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.measure import Work
from benchmarks.works import Setting
from numerics import SGD, SGDM, SSVR

jax.config.update("jax_enable_x64", True)


def _momentum(setting: Setting, dtype: Any) -> Any:
    problem, d = setting.problem, setting.problem.dimension
    spectrum = jnp.asarray(problem.spectrum, dtype)  # type: ignore[attr-defined]
    start = jnp.asarray(problem.start, dtype)
    gamma, beta = (jnp.asarray(setting.parameters[n], dtype) for n in ("gamma", "beta"))
    scale = jnp.asarray(d**-0.5, dtype)

    def trial(key: Any) -> Any:
        def step(state: Any, key: Any) -> Any:
            x, v = state
            g = spectrum * x + scale * jax.random.normal(key, (d,), dtype)
            v = (1 - beta) * v + beta * g
            return (x - gamma * v, v), None

        keys = jax.random.split(key, setting.steps)
        (x, _), _ = jax.lax.scan(step, (start, spectrum * start), keys)
        return jnp.sum(spectrum * x * x) / 2

    return trial


def _ssvr(setting: Setting, dtype: Any) -> Any:
    problem = setting.problem
    rows = jnp.asarray(problem.features, dtype)  # type: ignore[attr-defined]
    labels = jnp.asarray(problem.targets, dtype)  # type: ignore[attr-defined]
    l2 = jnp.asarray(problem.l2, dtype)  # type: ignore[attr-defined]
    start = jnp.asarray(problem.start, dtype)
    first = jnp.asarray(problem.gradient(problem.start[None])[0], dtype)
    gamma, beta = (jnp.asarray(setting.parameters[n], dtype) for n in ("gamma", "beta"))

    def gradient(x: Any, a: Any, y: Any) -> Any:
        return -y * a / (1 + jnp.exp(y * (a @ x))) + l2 * x

    def trial(key: Any) -> Any:
        def step(state: Any, i: Any) -> Any:
            x, v = state
            after, a, y = x - gamma * jnp.sign(v), rows[i], labels[i]
            v = gradient(after, a, y) + (1 - beta) * (v - gradient(x, a, y))
            return (after, v), None

        drawn = jax.random.randint(key, (setting.steps,), 0, len(rows))
        (x, _), _ = jax.lax.scan(step, (start, first), drawn)
        return jnp.mean(jnp.logaddexp(0, -labels * (rows @ x))) + l2 * jnp.sum(x * x) / 2

    return trial


def _top_k(setting: Setting, dtype: Any) -> Any:
    problem, d = setting.problem, setting.problem.dimension
    n = problem.workers  # type: ignore[attr-defined]
    spectrum, scales, centres = (
        jnp.asarray(getattr(problem, name), dtype) for name in ("spectrum", "scales", "centres")
    )
    start, scale = jnp.asarray(problem.start, dtype), jnp.asarray(d**-0.5, dtype)
    gamma = jnp.asarray(setting.parameters["gamma"], dtype)

    def sent(g: Any) -> Any:
        _, kept = jax.lax.top_k(jnp.abs(g), 100)
        return jnp.zeros_like(g).at[kept].set(g[kept])

    def trial(key: Any) -> Any:
        def step(x: Any, key: Any) -> Any:
            noise = scale * jax.random.normal(key, (n, d), dtype)
            g = scales[:, None] * spectrum * (x - centres) + noise
            return x - gamma * jax.vmap(sent)(g).mean(axis=0), None

        x, _ = jax.lax.scan(step, start, jax.random.split(key, setting.steps))
        return jnp.sum(spectrum * x * x) / 2

    return trial


_TRIALS = {SGDM.name: _momentum, SSVR.name: _ssvr, SGD.name: _top_k}


def compiled(setting: Setting, dtype: str) -> Work:
    """The mean over the trials, compiled already; ``dtype`` is "float32" or "float64"."""
    trial = _TRIALS[setting.algorithm.name](setting, jnp.dtype(dtype))
    run = jax.jit(lambda keys: jax.vmap(trial)(keys).mean())
    keys = jax.random.split(jax.random.PRNGKey(0), setting.trials)
    run(keys).block_until_ready()
    return lambda: run(keys).block_until_ready()
