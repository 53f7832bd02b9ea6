"""Where a subsystem's code lies: for another process to load the same, and for people to find an error's place."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from .errors import RelaybenchError, SubsystemError

MODULE_PREFIX = "relaybench_subsystem_"  # a subsystem's name may be one that Python or a package uses


@dataclass(frozen=True)
class Origin:
    """`file` is a module's; `module` the name it is imported by, empty for a private one made of `name`.

    `attribute` is what of the module the subsystem is, the module itself when empty.
    """

    name: str
    file: str
    module: str = ""
    attribute: str = ""

    def load(self) -> object:
        """The subsystem, its code run anew when the name is private; raises SubsystemError when that fails."""
        file, private = Path(self.file), MODULE_PREFIX + self.name
        module = _imported(self.module, file) or _execute(private, file)
        return getattr(module, self.attribute) if self.attribute else module


def origin_of(name: str, given: object) -> Origin | None:
    """Where another process finds this object of a plugin; None for one that no module with a file holds."""
    module = given if isinstance(given, ModuleType) else _module_of(given)
    file = getattr(module, "__file__", None)
    if module is None or not file or not Path(file).is_file():
        return None
    if module is given:
        return Origin(name, file, module.__name__)
    attribute = next((key for key, value in vars(module).items() if value is given), None)
    return Origin(name, file, module.__name__, attribute) if attribute else None


def _module_of(given: object) -> ModuleType | None:
    name = getattr(given, "__module__", None)  # of a class or function itself, of anything else its class's
    return sys.modules.get(name) if isinstance(name, str) else None


def _imported(name: str, file: Path) -> ModuleType | None:
    """The module of this name, None when there is none or it is another file (as every `conftest` is)."""
    try:
        module = importlib.import_module(name) if name else None
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001, whatever it raises: the file itself is tried next, and tells
        return None
    found = getattr(module, "__file__", None)
    return module if found and Path(found).resolve() == file.resolve() else None


def _execute(name: str, file: Path) -> ModuleType:
    """The file as module `name`, anew even when another file had that name; raises SubsystemError when it fails."""
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        del sys.modules[loaded]
    places = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=places)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, and what pytest.skip and pytest.importorskip raise, among others
        sys.modules.pop(name, None)
        told = traceback.format_exception_only(error)[-1].strip()
        raise SubsystemError(f"{file}: the subsystem cannot be loaded: {told}") from error
    return module


def error_line(error: BaseException, source: str) -> str:
    """The error in one line, with the place in the subsystem's own files where it came from."""
    first_line = (str(error).strip().splitlines() or [""])[0]
    if isinstance(error, RelaybenchError):
        return first_line
    name, place = type(error).__name__, _place(error, Path(source))
    return f"{name}: {first_line}{place}" if first_line else f"{name}{place}"


def _place(error: BaseException, source: Path) -> str:
    """The innermost frame in the subsystem's own code, else the innermost of all."""
    own = source.parent if source.name == "__init__.py" else source
    frames = list(traceback.extract_tb(error.__traceback__))
    chosen = [frame for frame in frames if Path(frame.filename).is_relative_to(own)] or frames[-1:]
    return f" ({Path(chosen[-1].filename).name}:{chosen[-1].lineno} in {chosen[-1].name})" if chosen else ""
