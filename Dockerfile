# One image for every part of the program: API, worker, beat, relay and the one-shot migration.
FROM python:3.13-slim-bookworm AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/zhanggui
COPY requirements.lock .
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-deps --only-binary :all: --require-hashes -r requirements.lock

FROM python:3.13-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/srv/zhanggui/.venv/bin:$PATH \
    HOST=0.0.0.0 PORT=8000 DATA_DIRECTORY=/var/lib/zhanggui
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin zhanggui \
    && install -d -o zhanggui -g zhanggui -m 0750 /var/lib/zhanggui
WORKDIR /srv/zhanggui
COPY --from=environment /srv/zhanggui/.venv .venv
COPY api api
COPY configuration configuration
COPY connectors connectors
COPY domain domain
COPY migrations migrations
COPY operations operations
COPY schema schema
COPY workers workers
USER zhanggui
VOLUME /var/lib/zhanggui
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "-m", "operations", "serve"]
