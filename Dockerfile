# One image, several uses: everything in one container (`up`, with the embedded PostgreSQL or a
# DATABASE_URL), or a single management command.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock /build/
RUN python -m venv /opt/purser/.venv \
    && /opt/purser/.venv/bin/pip install --require-hashes --requirement /build/requirements.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 --user-group --no-create-home purser \
    && install --directory --owner purser --group purser --mode 0700 /var/lib/purser
COPY --from=build /opt/purser/.venv /opt/purser/.venv
WORKDIR /opt/purser
COPY manage.py ./
COPY billing billing
COPY dataplane dataplane
COPY controlplane controlplane
COPY templates templates
RUN .venv/bin/python -m compileall -q billing dataplane controlplane
USER purser
ENV PATH=/opt/purser/.venv/bin:$PATH PYTHONUNBUFFERED=1 PURSER_VAR_DIR=/var/lib/purser
VOLUME /var/lib/purser
EXPOSE 8000 8080
# Longer than PURSER_DRAIN_SECONDS is what `docker stop --time` should be.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request as r; [r.urlopen(f'http://127.0.0.1:{p}/readyz', timeout=2) for p in (8000, 8080)]"]
ENTRYPOINT ["python", "manage.py"]
CMD ["up", "--host", "0.0.0.0", "--no-demo"]
