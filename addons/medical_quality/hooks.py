"""Installing on a database in use blocks nothing and costs no row-by-row work."""


def pre_init_hook(env):
    """Lots that are there count as released, and say that nobody released them."""
    env.cr.execute(
        """
        ALTER TABLE stock_lot
            ADD COLUMN IF NOT EXISTS quality_state varchar DEFAULT 'released',
            ADD COLUMN IF NOT EXISTS quality_basis varchar DEFAULT 'existing',
            ADD COLUMN IF NOT EXISTS quality_blocked boolean DEFAULT false,
            ADD COLUMN IF NOT EXISTS quality_release_hours double precision DEFAULT 0
        """
    )
    # From now on the lots themselves know.
    env.cr.execute(
        """
        ALTER TABLE stock_lot
            ALTER COLUMN quality_state DROP DEFAULT,
            ALTER COLUMN quality_basis DROP DEFAULT,
            ALTER COLUMN quality_blocked DROP DEFAULT,
            ALTER COLUMN quality_release_hours DROP DEFAULT
        """
    )
