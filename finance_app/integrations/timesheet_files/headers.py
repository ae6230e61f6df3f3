"""The names that columns have in the files of this world, in English and French."""

from finance_app.integrations.timesheet_files.fields import Field

_SYNONYMS: dict[Field, str] = {
    Field.PROJECT: (
        "project; project name; project title; projet; nom du projet; nom projet; projets; affaire; "
        "chantier; dossier; mission; job; project code; code projet"
    ),
    Field.CLIENT: (
        "client; client name; customer; customer name; account; company; nom du client; nom client; "
        "societe; entreprise; compte"
    ),
    Field.MILESTONE: "milestone; milestone name; phase; jalon; nom du jalon; etape; sprint",
    Field.TASK_LIST: (
        "task list; tasklist; task list name; tasklist name; task group; liste de taches; liste des "
        "taches; groupe de taches; lot"
    ),
    Field.TASK: (
        "task; task name; task title; task issue; task bug; task issue name; log title; activity; activity "
        "name; tache; nom de la tache; titre de la tache; tache ticket; tache incident; activite; task "
        "description"
    ),
    Field.TASK_NUMBER: (
        "task number; task id; task no; task key; task code; task issue id; issue key; ticket; ticket id; "
        "numero de tache; no de tache; n de tache; id tache; id de tache; code tache; reference tache"
    ),
    Field.ISSUE: "issue; issue name; issue title; bug; bug name; incident; anomalie; probleme",
    Field.PERSON: (
        "person; user; user name; username; employee; employee name; full name; log user; log users; "
        "owner; owner name; resource; resource name; staff; staff member; team member; member; worker; "
        "consultant; assignee; who; logged by; personne; utilisateur; nom d utilisateur; collaborateur; "
        "salarie; employe; intervenant; ressource; nom complet; membre; author; developer"
    ),
    Field.FIRST_NAME: "first name; firstname; given name; prenom",
    Field.LAST_NAME: "last name; lastname; surname; family name; nom de famille; nom",
    Field.EMAIL: (
        "email; e mail; mail; user email; email address; person e mail; employee email; courriel; adresse "
        "e mail; adresse email; adresse courriel; adresse mail"
    ),
    Field.DATE: (
        "date; log date; work date; day; spent date; spent on; date worked; entry date; start date; date "
        "du jour; jour; date de saisie; date du travail; date de travail; date de realisation; date de "
        "debut; datum"
    ),
    Field.HOURS: (
        "hours; hours decimal; duration decimal; duration h; duration; daily log hours; daily log; log "
        "hours; logged hours; hours worked; worked hours; work hours; time spent; time; spent time; "
        "quantity; total hours; actual hours; hours hh mm; daily log hours hh mm; hours logged; time "
        "logged; time hours; heures; duree; nombre d heures; nb heures; heures travaillees; heures "
        "realisees; heures saisies; temps passe; temps; duree h; duree heures; quantite; stunden; minutes; "
        "duration minutes; duration seconds; time minutes; duree minutes; duree min"
    ),
    Field.START: "start; start time; started at; from; begin; heure de debut; debut; de",
    Field.END: "end; end time; ended at; to; finish; finish time; heure de fin; fin; a",
    Field.BILLABLE: (
        "billable; billing type; billing status; billable status; bill status; is billable; billable y n; "
        "hour type; facturable; type de facturation; statut de facturation; etat de facturation; a "
        "facturer"
    ),
    Field.NOTES: (
        "notes; note; description; comment; comments; remarks; log notes; work description; commentaire; "
        "commentaires; remarque; remarques; libelle; designation; details; detail"
    ),
    Field.APPROVAL: (
        "approval status; approval; approved; approval state; statut d approbation; approbation; etat d "
        "approbation; approuve; validation; statut de validation; valide"
    ),
    Field.RATE: (
        "rate; billable rate; hourly rate; bill rate; rate per hour; cost per hour; taux; taux horaire; "
        "tarif; tarif horaire; prix horaire; prix unitaire"
    ),
    Field.CATEGORY: ("category; categorie; type; work type; kind; task type; nature; type de tache; service"),
    Field.STATUS: "status; state; task status; statut; etat; statut de la tache",
    Field.ESTIMATED_HOURS: (
        "estimated hours; estimate; estimated time; planned hours; estimated hours of the task; budgeted "
        "hours; work hours planned; heures estimees; heures prevues; estimation; temps estime; temps "
        "prevu; charge prevue; budget heures"
    ),
    Field.EXTERNAL_ID: (
        "external id; id; log id; time log id; timelog id; time entry id; entry id; uid; uuid; timesheet "
        "id; external reference id; reference; id externe; identifiant; id du journal; identifiant externe"
    ),
}
SYNONYMS: dict[Field, tuple[str, ...]] = {
    field: tuple(name.strip() for name in names.split(";")) for field, names in _SYNONYMS.items()
}
"""Header names of each field in English and French, the likeliest first, as `words` writes them."""
