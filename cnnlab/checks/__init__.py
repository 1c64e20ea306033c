"""The homework's checks: one module a week, each check a function of the answer.

from cnnlab.checks import week02 as check
check.cross_correlate2d(cross_correlate2d)
"""
