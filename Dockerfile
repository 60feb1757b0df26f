# syntax=docker/dockerfile:1
FROM python:3.11-slim AS packages
ENV UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements-uv.lock requirements.lock ./
RUN python -m venv /venv \
    && pip install --no-cache-dir --require-hashes --requirement requirements-uv.lock \
    && uv pip sync --no-cache --require-hashes --python /venv/bin/python requirements.lock

FROM python:3.11-slim
# For `manage.py backup`: it must be as new as the server in docker-compose.yml.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin watchers \
    && install --directory --owner watchers --group watchers --mode 700 /data /data/telemetry
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY lms lms
COPY exercises exercises
COPY templates templates
COPY static static
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    WATCHERS_DATA=/data \
    STATIC_ROOT=/app/collected
# In the build the site is a local one on a folder that is thrown away: the image holds no secret.
RUN WATCHERS_DATA=/build python manage.py prepare \
    && rm -rf /build \
    && python -m compileall -q lms exercises
USER watchers
ENV WATCHERS_ENV=server WATCHERS_HOST=0.0.0.0
EXPOSE 8000
CMD ["python", "-m", "lms.processes.role", "web"]
