"""Installing on a database in use costs no row-by-row work and changes nothing."""


def pre_init_hook(env):
    """The one column with a default gets it from PostgreSQL; all others on core's tables are empty at first."""
    env.cr.execute("ALTER TABLE product_template ADD COLUMN IF NOT EXISTS udi_control varchar DEFAULT 'category'")
    # From now on the products themselves know.
    env.cr.execute("ALTER TABLE product_template ALTER COLUMN udi_control DROP DEFAULT")
