"""The file that the fits of a table are kept in."""

from pathlib import Path

from mlcourse import checks, files
from mlcourse.experiments import Fit
from mlcourse.runs.environment import numbered

FILE = "experiments.json"
FORMAT = 1


class KeptFits:
    """The fits of a table that have ended, in a file that is whole at each moment.

    Args:
        directory: of the file.
        settings: of the table, in plain values.
        networks: a dict of changes' names to what they set and build, in plain values.

    Attributes:
        fits: a list of `Fit`, those of changes that are no longer asked for among them.

    Raises:
        ValueError: if the file was begun with other settings or networks, or is damaged.
    """

    def __init__(self, directory, settings, networks):
        self._path = Path(directory) / FILE
        self._settings = files.plain(settings)
        self._networks, self.fits = dict(networks), []
        if self._path.exists():
            self._read()

    def keep(self, fit):
        """Keeps one more."""
        self.fits.append(fit)
        found = {"format": FORMAT, "settings": self._settings, "networks": self._networks}
        files.write_text(
            self._path, files.as_json({**found, "fits": [vars(one) for one in self.fits]})
        )

    def _read(self):
        where = f"the table in {self._path}"
        try:
            found = files.from_json(self._path.read_text(encoding="utf-8"))
            version, settings, networks = (
                found[name] for name in ("format", "settings", "networks")
            )
            fits = [Fit(**one) for one in found["fits"]]
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{self._path} cannot be read: {error!r}") from error
        checks.as_begun("format", where, FORMAT, version)
        for name, value in self._settings.items():
            checks.as_begun(name, where, value, settings.get(name))
        for name, network in self._networks.items():
            kept = networks.get(name, network)
            checks.as_begun(f"network of {name!r}", where, numbered(network), numbered(kept))
        self._networks = {**networks, **self._networks}
        self.fits = fits
