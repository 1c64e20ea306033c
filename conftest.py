"""What holds for every test, however pytest is started."""

import os

import pytest

# Kernels and workers run side by side: if each computed on all cores, they would wait for
# each other most of the time. Before torch and NumPy are loaded, and for their children.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_sessionstart(session):
    """One explorer that cannot be defined breaks the package: say so once, not in every file."""
    try:
        import cnnlab.checks
        import cnnlab.widgets  # noqa: F401
    except ImportError:
        raise
    except Exception as error:
        pytest.exit(f"cnnlab cannot be imported. {type(error).__name__}: {error}", returncode=1)
