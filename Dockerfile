# The suite on the official Odoo image; docker-compose.yml starts it with PostgreSQL.
FROM odoo:19.0

USER root
COPY pyproject.toml docker/install_requirements.py /tmp/medical-supply-suite/
RUN python3 /tmp/medical-supply-suite/install_requirements.py --break-system-packages --no-cache-dir \
    && rm -r /tmp/medical-supply-suite
# Not /mnt/extra-addons: the base image declares that a volume, and a volume of an earlier container would
# hide newer code. It stays free for your own addons.
COPY addons /opt/medical-supply-suite/addons
COPY docker/odoo.conf /etc/odoo/odoo.conf
USER odoo
