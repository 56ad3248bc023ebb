# The service as `make run` starts it: dependencies by hash, no build tools, not as root.
FROM python:3.11-slim-bookworm AS dependencies
WORKDIR /srv/rigwise
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm AS assets
WORKDIR /srv/rigwise
COPY requirements-node.lock ./
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements-node.lock
COPY package.json package-lock.json .npmrc ./
COPY scripts/vendor.py scripts/vendor.json scripts/
RUN python scripts/vendor.py

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/rigwise rigwise \
    && install -d -o rigwise -g rigwise /data
WORKDIR /srv/rigwise
COPY --from=dependencies /opt/venv /opt/venv
COPY app app
COPY migrations migrations
COPY seed seed
COPY templates templates
COPY static static
COPY --from=assets /srv/rigwise/static/vendor static/vendor
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATABASE_URL=sqlite:////data/rigwise.db
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=2)"]
# migrates and seeds, then serves
CMD ["python", "-m", "app", "serve"]
