"""Other estimators of the same speeds, each called the way its own documentation says.

One module a peer. Each runs in the peers' virtual environment as a program of its own: measured
cases in on standard input, its answers out on standard output, both JSON. Nothing here is
imported by the service.
"""
