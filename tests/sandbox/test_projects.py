from tests.sandbox.conftest import Client

PORTAL = "/api/v3/portal/10"


def test_projects_of_both_protocols(books: Client) -> None:
    http = books.http
    project = http.post(f"{PORTAL}/projects", json={"name": "Site"}).json()
    root = f"{PORTAL}/projects/{project['id']}"
    tasks = http.post(f"{root}/tasklists", json={"name": "Build"}).json()
    task = http.post(
        f"{root}/tasks", json={"name": "Login", "tasklist": {"id": tasks["id"], "name": "Build"}}
    ).json()
    http.post(f"{root}/issues", json={"title": "It breaks"})
    http.post(f"{root}/phases", json={"name": "First"})
    user = http.post(f"{PORTAL}/users", json={"name": "Ann", "email": "ann@firm.test"}).json()
    for day, hours in (("2026-01-05", "1:30"), ("2026-01-05", "0:30"), ("2026-02-01", "2:00")):
        log = {"date": day, "hours": hours, "owner": {"id": user["id"], "name": "Ann"}}
        log["task"] = {"id": task["id"], "name": "Login"}
        assert http.post(f"{root}/logs", json=log).status_code == 201

    assert [each["name"] for each in http.get(f"{PORTAL}/projects").json()] == ["Site"]
    assert http.get(f"{root}/milestones").json()["phases"][0]["name"] == "First"
    assert http.get(f"{root}/bugs").json()["issues"][0]["title"] == "It breaks"
    logs = http.get(f"{PORTAL}/timelogs", params={"end_date": "2026-01-31", "per_page": 1}).json()
    assert [len(day["log_details"]) for day in logs["time_logs"]] == [1]
    assert logs["page_info"]["has_next_page"]
    patched = http.patch(f"{root}/tasks/{task['id']}", json={"percent_complete": 40}).json()
    assert patched["percent_complete"] == 40

    old = http.get(f"/restapi/portal/10/projects/{project['id']}/logs/").json()["timelogs"]["date"]
    assert [day["date"] for day in old] == ["01-05-2026", "02-01-2026"]
    assert old[0]["tasklogs"][0]["total_minutes"] == 90
    assert http.get("/restapi/portals/").json()["portals"][0]["id"] == 10


def test_what_is_not_there_is_said(books: Client) -> None:
    assert books.http.get("/api/v3/portal/99/projects").status_code == 404
    assert books.http.get(f"{PORTAL}/projects/1/tasks").status_code == 404
    assert books.http.post(f"{PORTAL}/projects", json={}).json()["code"] == 6832
    assert books.http.get(f"{PORTAL}/projects", params={"page": "x"}).status_code == 400
