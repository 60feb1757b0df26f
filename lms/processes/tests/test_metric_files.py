import pytest

from lms.processes import metric_files


@pytest.fixture
def memory(tmp_path, monkeypatch):
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(metric_files, "_IN_MEMORY", folder)
    return folder


def test_metric_files_lie_in_memory_and_not_on_the_disk(memory, tmp_path):
    folder = metric_files.fresh_folder(tmp_path / "data", "web")

    assert folder.is_relative_to(memory)
    assert folder.is_dir()


def test_a_start_empties_its_own_role_alone(memory, tmp_path):
    web = metric_files.fresh_folder(tmp_path, "web")
    worker = metric_files.fresh_folder(tmp_path, "worker")
    (web / "counter_1.db").touch()
    (worker / "counter_2.db").touch()

    metric_files.fresh_folder(tmp_path, "web")

    assert list(web.iterdir()) == []
    assert len(list(worker.iterdir())) == 1


def test_two_data_folders_share_nothing(memory, tmp_path):
    first = metric_files.fresh_folder(tmp_path / "first", "web")

    assert first != metric_files.fresh_folder(tmp_path / "second", "web")


def test_without_a_folder_in_memory_the_data_folder_serves(memory, tmp_path):
    memory.rmdir()

    assert metric_files.fresh_folder(tmp_path, "web") == tmp_path / "metrics" / "web"


def test_a_link_that_somebody_laid_is_not_followed(memory, tmp_path):
    mine = metric_files.fresh_folder(tmp_path, "web").parent
    metric_files.forget(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    mine.symlink_to(elsewhere)

    assert metric_files.fresh_folder(tmp_path, "web") == tmp_path / "metrics" / "web"
    assert list(elsewhere.iterdir()) == []


def test_the_memory_is_freed_at_the_end(memory, tmp_path):
    metric_files.fresh_folder(tmp_path, "web")

    metric_files.forget(tmp_path)

    assert list(memory.iterdir()) == []
