"""The admin from outside: which role finds what."""

import pytest
from django.contrib import admin
from django.urls import reverse

from exercises.models import Course, Enrolment, Exercise, Module
from exercises.tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    ExerciseFactory,
    GradeFactory,
    ModuleFactory,
    UserFactory,
    WorkItemFactory,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role
COURSE_MODELS = (Course, Module, Exercise)
PERSONAL = [m for m in admin.site._registry if m not in COURSE_MODELS]


@pytest.fixture
def course():
    return CourseFactory()


@pytest.fixture
def as_role(client, course):
    def sign_in(role):
        if role == "operator":
            client.force_login(UserFactory(is_superuser=True))
        else:
            client.force_login(EnrolmentFactory(course=course, role=role).user)
        return client

    return sign_in


def list_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def change_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def delete_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_delete", args=[row.pk])


@pytest.mark.parametrize(
    ("role", "status"),
    [(ROLE.STUDENT, 403), (ROLE.ASSISTANT, 200), (ROLE.INSTRUCTOR, 200), ("operator", 200)],
)
def test_the_admin_opens_to_course_staff_and_operators(as_role, role, status):
    assert as_role(role).get(reverse("admin:index")).status_code == status


def test_the_staff_flag_alone_opens_nothing(client):
    client.force_login(UserFactory(is_staff=True))

    assert client.get(reverse("admin:index")).status_code == 403


def test_the_admin_sends_the_signed_out_to_the_sites_sign_in(client):
    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("accounts:sign_in"))


def test_a_role_that_is_taken_away_closes_the_admin_at_once(as_role, course):
    client = as_role(ROLE.INSTRUCTOR)
    course.enrolments.update(role=ROLE.STUDENT)

    assert client.get(reverse("admin:index")).status_code == 403


@pytest.mark.parametrize("role", [ROLE.ASSISTANT, ROLE.INSTRUCTOR])
@pytest.mark.parametrize("model", PERSONAL, ids=lambda m: m.__name__)
def test_personal_records_are_closed_to_course_staff(as_role, role, model):
    assert as_role(role).get(list_url(model)).status_code == 403


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda m: m.__name__)
def test_the_operator_opens_every_list(as_role, model):
    GradeFactory(submission__work_item__exercise=ExerciseFactory())

    assert as_role("operator").get(list_url(model)).status_code == 200


def test_personal_records_are_more_than_a_few():
    assert {"User", "Enrolment", "Submission", "Grade", "AuditEvent"} <= {
        m.__name__ for m in PERSONAL
    }


@pytest.mark.parametrize("role", [ROLE.ASSISTANT, ROLE.INSTRUCTOR])
def test_the_index_names_no_personal_model(as_role, role):
    page = as_role(role).get(reverse("admin:index")).content.decode()

    assert list_url(Exercise) in page
    assert not [m for m in PERSONAL if list_url(m) in page]


@pytest.mark.parametrize("role", [ROLE.ASSISTANT, ROLE.INSTRUCTOR])
def test_course_staff_find_only_their_own_courses(as_role, course, role):
    mine = ExerciseFactory(module__course=course)
    other = ExerciseFactory()

    client = as_role(role)

    for model, own, foreign in (
        (Course, course, other.course),
        (Module, mine.module, other.module),
        (Exercise, mine, other),
    ):
        listed = client.get(list_url(model)).context["cl"].queryset
        assert list(listed) == [own]
        assert client.get(change_url(own)).status_code == 200
        assert client.get(change_url(foreign)).status_code == 404
        assert client.post(change_url(foreign), {"title": "Mine"}).status_code == 404
        assert client.get(delete_url(foreign)).status_code == 404


def test_a_filter_names_no_course_of_others(as_role, course):
    ExerciseFactory(module__course=course)
    hidden = ExerciseFactory(module__course__title="A secret course")

    page = as_role(ROLE.INSTRUCTOR).get(list_url(Exercise)).content.decode()

    assert hidden.course.title not in page


def test_an_instructor_of_one_course_only_assists_in_another(client, course):
    enrolled = EnrolmentFactory(course=course, role=ROLE.INSTRUCTOR)
    assisted = EnrolmentFactory(user=enrolled.user, role=ROLE.ASSISTANT).course
    module = ModuleFactory(course=assisted)
    client.force_login(enrolled.user)

    response = client.post(change_url(module), {"title": "Changed"})

    assert response.status_code == 403
    module.refresh_from_db()
    assert module.title != "Changed"


@pytest.mark.parametrize(("role", "status"), [(ROLE.ASSISTANT, 403), (ROLE.INSTRUCTOR, 200)])
@pytest.mark.parametrize("model", [Module, Exercise], ids=lambda m: m.__name__)
def test_modules_and_exercises_are_added_by_instructors(as_role, role, status, model):
    url = reverse(f"admin:exercises_{model._meta.model_name}_add")

    assert as_role(role).get(url).status_code == status


@pytest.mark.parametrize(
    ("role", "status"), [(ROLE.ASSISTANT, 403), (ROLE.INSTRUCTOR, 403), ("operator", 200)]
)
def test_courses_are_added_by_the_operator(as_role, role, status):
    assert as_role(role).get(reverse("admin:exercises_course_add")).status_code == status


def test_an_instructor_adds_a_module_to_her_course_only(as_role, course):
    other = CourseFactory()
    client = as_role(ROLE.INSTRUCTOR)
    data = {"title": "Watching", "slug": "watching", "position": 9, "intro": "", "summary": ""}

    client.post(reverse("admin:exercises_module_add"), data | {"course": other.pk})
    client.post(reverse("admin:exercises_module_add"), data | {"course": course.pk})

    assert [m.course for m in Module.objects.filter(slug="watching")] == [course]


def test_another_zone_moves_deadlines_and_keeps_their_wall_times(as_role, course):
    exercise = ExerciseFactory(module__course=course, due_wall="2026-11-29T23:59")
    exercise.clean()
    exercise.save()
    data = {"title": course.title, "zone": "America/New_York", "language": "en"}

    as_role(ROLE.INSTRUCTOR).post(change_url(course), data)

    exercise.refresh_from_db()
    assert exercise.due_wall == "2026-11-29T23:59"
    assert exercise.due_at.isoformat() == "2026-11-30T04:59:00+00:00"


def test_a_zone_in_which_a_deadline_does_not_exist_is_refused(as_role, course):
    course.zone = "UTC"
    course.save()
    ExerciseFactory(module__course=course, due_wall="2027-03-28T03:30", slug="log-levels")
    data = {"title": course.title, "zone": "Europe/Riga", "language": "en"}

    page = as_role(ROLE.INSTRUCTOR).post(change_url(course), data).content.decode()

    assert "log-levels has a time that does not work in this zone" in page
    course.refresh_from_db()
    assert course.zone == "UTC"


def test_an_unknown_zone_is_refused_with_an_example(as_role, course):
    data = {"title": course.title, "zone": "Riga", "language": "en"}

    page = as_role(ROLE.INSTRUCTOR).post(change_url(course), data).content.decode()

    assert "write one such as Europe/Riga" in page


def test_an_exercise_that_students_opened_cannot_be_deleted(as_role, course):
    exercise = ExerciseFactory(module__course=course)
    WorkItemFactory(exercise=exercise)

    assert as_role(ROLE.INSTRUCTOR).get(delete_url(exercise)).status_code == 403


def test_an_unused_exercise_is_deleted_with_its_versions(as_role, course):
    exercise = ExerciseFactory(module__course=course)
    client = as_role(ROLE.INSTRUCTOR)

    assert client.get(delete_url(exercise)).status_code == 200
    client.post(delete_url(exercise), {"post": "yes"})

    assert not Exercise.objects.exists()


@pytest.mark.parametrize("model_index", [0, 1])
def test_a_course_or_module_with_exercises_cannot_be_deleted(as_role, course, model_index):
    exercise = ExerciseFactory(module__course=course)
    row = (course, exercise.module)[model_index]

    assert as_role("operator").get(delete_url(row)).status_code == 403


def test_submissions_and_grades_are_read_only_for_the_operator(as_role, course):
    grade = GradeFactory(submission__work_item__exercise__module__course=course)
    client = as_role("operator")

    for row in (grade, grade.submission, grade.version):
        assert client.get(change_url(row)).status_code == 200
        assert client.post(change_url(row), {"points": "0"}).status_code == 403
        assert client.post(delete_url(row), {"post": "yes"}).status_code == 403


def test_the_log_of_changes_is_the_operators(as_role, course):
    url = reverse("admin:exercises_course_history", args=[course.pk])

    assert as_role(ROLE.INSTRUCTOR).get(url).status_code == 403
    assert as_role("operator").get(url).status_code == 200


def test_a_course_admins_page_shows_no_link_to_the_log(as_role, course):
    page = as_role(ROLE.INSTRUCTOR).get(change_url(course)).content.decode()

    assert "history" not in page.lower()


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_of_exercises_takes_the_same_queries_at_any_length(
    as_role, course, django_assert_num_queries, count
):
    module = ModuleFactory(course=course)
    for _ in range(count):
        ExerciseFactory(module=module)
    client = as_role(ROLE.INSTRUCTOR)

    with django_assert_num_queries(8):
        client.get(list_url(Exercise))


def test_the_author_form_takes_few_queries(as_role, course, django_assert_max_num_queries):
    exercise = ExerciseFactory(module__course=course)
    client = as_role(ROLE.INSTRUCTOR)

    with django_assert_max_num_queries(14):
        client.get(change_url(exercise))
