from finance_app.cli import main

main()
