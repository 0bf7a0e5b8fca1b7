# bash completion for flead, written by scripts/gen-docs from the command tree.

_flead_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }

_flead_files() {
  compopt -o filenames 2>/dev/null
  COMPREPLY+=($(compgen "$1" -- "$cur"))
}

_flead() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local at='' skip='' words='' files='' word i
  local IFS=$' \t\n'
  COMPREPLY=()
  # $at becomes the command so far: " slot rule add".
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $skip ]]; then
      skip=''
      continue
    fi
    case $word in
    --about|--absent|--account|--amount|--amount-column|--assets|--assignee|--at|--bank|--bank-id|--base-url|--body|--buffer|--by|--ca-file|--caldav|--channel|--color|--consent|--consent-version|--currency|--currency-column|--cursor|--custom|--date|--date-column|--db|--description|--dir|--erasures|--event-type|--expect-leads|--expert|--fee-column|--fields|--file|--for|--format|--free-before|--from|--from-name|--hash|--header|--headline|--hook|--hook-secret-file|--horizon|--host|--host-email|--host-name|--ics|--id-column|--inn|--instructions|--keep|--key|--kind|--label|--lang|--language|--languages|--lead|--least|--len|--limit|--listed|--listen|--locale|--location|--log-format|--login|--map|--max|--message|--mock|--month|--most|--move-notice|--moves|--name|--note|--notice|--now|--of|--offer|--on-request|--output|--page|--page-url|--path|--payee|--per-day|--per-week|--phone|--photo|--position|--postal-key-file|--price-max|--price-version|--proxy|--purpose|--purposes|--q|--query|--questions|--rate|--rating|--rating-min|--reason|--referrer|--region|--rejects|--remove|--reply-to|--required|--role|--round|--run|--saved|--seats|--seconds|--secret-file|--sender|--senders|--sequence|--set|--shop-id|--since|--size|--smtp|--source|--state|--status|--step|--steps|--subject|--table|--tag|--telegram|--template|--tenant|--text|--then|--timeout|--to|--token-file|--topic|--topics|--trust-proxy|--tz|--until|--url|--use|--user|--utm-campaign|--utm-content|--utm-medium|--utm-source|--utm-term|--vat-code|--vk|--wallet|--week|--weekly|--whatsapp|--within|--workers|--year|--zone|-o) skip=1 ;;
    -*) ;;
    *)
      case "$at $word" in
      " demo"|" init"|" doctor"|" config"|" config get"|" config set"|" config list"|" completion"|" help"|" version"|" tenant"|" tenant add"|" tenant list"|" tenant show"|" tenant edit"|" tenant suspend"|" token"|" token create"|" token list"|" token revoke"|" lead"|" lead add"|" lead list"|" lead show"|" lead timeline"|" lead edit"|" lead status"|" lead assign"|" lead tag"|" lead note"|" lead import"|" widget"|" widget set"|" widget show"|" widget preview"|" widget snippet"|" widget publish"|" channel"|" channel add"|" channel connect"|" channel link"|" channel list"|" channel test"|" channel status"|" channel set"|" channel pause"|" channel resume"|" channel remove"|" template"|" template list"|" template show"|" template set"|" template reset"|" template render"|" message"|" message send"|" message list"|" message show"|" message retry"|" chat"|" chat list"|" chat read"|" chat send"|" chat done"|" route"|" route set"|" route clear"|" route show"|" route explain"|" sequence"|" sequence new"|" sequence enrol"|" sequence stop"|" sequence list"|" sequence show"|" sequence enrolled"|" webhook"|" webhook log"|" webhook show"|" webhook replay"|" webhook verify"|" slot"|" slot rule"|" slot rule add"|" slot rule list"|" slot rule remove"|" slot except"|" slot except add"|" slot except list"|" slot except remove"|" slot holiday"|" slot holiday add"|" slot holiday russia"|" slot holiday import"|" slot holiday list"|" slot holiday remove"|" slot list"|" slot hold"|" slot check"|" expert"|" expert add"|" expert edit"|" expert list"|" expert link"|" expert show"|" offer"|" offer add"|" offer edit"|" offer price"|" offer policy"|" offer list"|" offer show"|" offer pool"|" offer pool set"|" offer pool list"|" offer pool remove"|" offer calcom"|" offer calcom connect"|" offer calcom list"|" offer calcom sync"|" offer calcom calls"|" offer calcom disconnect"|" offer retire"|" request"|" request list"|" request show"|" request accept"|" request decline"|" booking"|" booking quote"|" booking create"|" booking list"|" booking show"|" booking confirm"|" booking decline"|" booking cancel"|" booking move"|" booking complete"|" booking noshow"|" booking note"|" booking notes"|" booking unnote"|" booking brief"|" booking ics"|" calendar"|" calendar feed"|" calendar add"|" calendar list"|" calendar sync"|" calendar remove"|" waitlist"|" waitlist add"|" waitlist list"|" waitlist remove"|" review"|" review add"|" review list"|" review hide"|" review show"|" group"|" group form"|" group add"|" group remove"|" group rotate"|" group list"|" group show"|" group record"|" group record show"|" group record save"|" ledger"|" ledger show"|" ledger balance"|" ledger record"|" ledger correct"|" ledger close"|" ledger export"|" ledger reconcile"|" ledger verify"|" payment"|" payment connect"|" payment accounts"|" payment test"|" payment pause"|" payment resume"|" payment disconnect"|" payment create"|" payment list"|" payment show"|" payment refund"|" payment retry"|" payment confirm"|" payment sync"|" payment resolve"|" payment capture"|" payment cancel"|" payment method"|" payment method list"|" payment method forget"|" payout"|" payout method"|" payout method set"|" payout method list"|" payout method remove"|" payout method banks"|" payout method wishes"|" payout method approve"|" payout method decline"|" payout plan"|" payout run"|" payout list"|" payout show"|" payout bank"|" payout approve"|" payout paid"|" payout cancel"|" payout sync"|" payout statement"|" stats"|" report"|" report weekly"|" export"|" export leads"|" import"|" import leads"|" legal"|" legal add"|" legal list"|" legal show"|" legal publish"|" privacy"|" privacy erase"|" privacy list"|" job"|" job list"|" job show"|" job retry"|" job cancel"|" db"|" db status"|" db check"|" db vacuum"|" db recount"|" db migrate"|" backup"|" restore"|" canary"|" canary run"|" canary list"|" serve"|" work"|" mock"|" mock serve"|" trigger") at="$at $word" ;;
      esac
      ;;
    esac
  done
  case "$at:$prev" in
    " demo":--locale) _flead_words "ru en"; return ;;
    " init":--locale) _flead_words "ru en"; return ;;
    " tenant add":--locale) _flead_words "ru en"; return ;;
    " tenant edit":--locale) _flead_words "ru en"; return ;;
    " token create":--role) _flead_words "owner admin operator viewer expert"; return ;;
    " lead add":--channel) _flead_words "email sms phone telegram vk max whatsapp file"; return ;;
    " lead add":--locale) _flead_words "ru en"; return ;;
    " lead list":--status) _flead_words "new contacted replied booked won lost suspect"; return ;;
    " lead import":--rejects) _flead_files -f; return ;;
    " widget set":--position) _flead_words "right left"; return ;;
    " widget set":--locale) _flead_words "auto ru en"; return ;;
    " widget set":--then) _flead_words "booking thanks"; return ;;
    " channel add":--secret-file) _flead_files -f; return ;;
    " channel add":--ca-file) _flead_files -f; return ;;
    " channel add":--postal-key-file) _flead_files -f; return ;;
    " channel add":--hook-secret-file) _flead_files -f; return ;;
    " channel add":--path) _flead_files -f; return ;;
    " channel set":--secret-file) _flead_files -f; return ;;
    " channel set":--hook-secret-file) _flead_files -f; return ;;
    " template show":--lang) _flead_words "ru en"; return ;;
    " template set":--lang) _flead_words "ru en"; return ;;
    " template set":--file) _flead_files -f; return ;;
    " template set":--purpose) _flead_words "service ad"; return ;;
    " template reset":--lang) _flead_words "ru en"; return ;;
    " template render":--lang) _flead_words "ru en"; return ;;
    " message list":--state) _flead_words "queued sending sent delivered read ambiguous unreachable rejected cancelled"; return ;;
    " chat send":--file) _flead_files -f; return ;;
    " sequence enrolled":--state) _flead_words "running done stopped"; return ;;
    " webhook log":--state) _flead_words "waiting done failed"; return ;;
    " webhook verify":--body) _flead_files -f; return ;;
    " expert add":--listed) _flead_words "yes no"; return ;;
    " expert edit":--listed) _flead_words "yes no"; return ;;
    " offer add":--on-request) _flead_words "yes no"; return ;;
    " offer edit":--on-request) _flead_words "yes no"; return ;;
    " offer calcom connect":--secret-file) _flead_files -f; return ;;
    " offer calcom connect":--hook) _flead_words "auto yes no"; return ;;
    " offer calcom connect":--ca-file) _flead_files -f; return ;;
    " booking quote":--language) _flead_words "ru en"; return ;;
    " booking list":--status) _flead_words "held requested confirmed declined expired cancelled completed no_show"; return ;;
    " booking cancel":--by) _flead_words "host person"; return ;;
    " booking move":--by) _flead_words "host person"; return ;;
    " calendar add":--secret-file) _flead_files -f; return ;;
    " calendar add":--use) _flead_words "read write both"; return ;;
    " calendar add":--ca-file) _flead_files -f; return ;;
    " waitlist list":--status) _flead_words "waiting offered booked lapsed left"; return ;;
    " ledger export":--format) _flead_words "csv journal"; return ;;
    " payment connect":--secret-file) _flead_files -f; return ;;
    " payment connect":--hash) _flead_words "md5 sha256"; return ;;
    " payment connect":--ca-file) _flead_files -f; return ;;
    " payment create":--language) _flead_words "ru en"; return ;;
    " payment list":--state) _flead_words "created pending waiting_for_capture succeeded canceled"; return ;;
    " payout method set":--token-file) _flead_files -f; return ;;
    " payout list":--state) _flead_words "planned approved sending pending succeeded failed canceled"; return ;;
    " payout statement":--format) _flead_words "md csv html"; return ;;
    " payout statement":--language) _flead_words "ru en"; return ;;
    " stats":--by) _flead_words "day source channel"; return ;;
    " export leads":--status) _flead_words "new contacted replied booked won lost suspect"; return ;;
    " import leads":--rejects) _flead_files -f; return ;;
    " legal add":--lang) _flead_words "ru en"; return ;;
    " legal add":--file) _flead_files -f; return ;;
    " legal show":--lang) _flead_words "ru en"; return ;;
    " legal publish":--lang) _flead_words "ru en"; return ;;
    " job list":--state) _flead_words "ready running done dead cancelled"; return ;;
    " backup":--output) _flead_files -f; return ;;
    " backup":-o) _flead_files -f; return ;;
    " restore":--erasures) _flead_files -f; return ;;
    " serve":--assets) _flead_files -d; return ;;
    *:--db) _flead_files -f; return ;;
    *:--output) _flead_files -f; return ;;
    *:-o) _flead_files -f; return ;;
    *:--log-format) _flead_words "text json"; return ;;
  esac
  case $prev in
  --about|--absent|--account|--amount|--amount-column|--assets|--assignee|--at|--bank|--bank-id|--base-url|--body|--buffer|--by|--ca-file|--caldav|--channel|--color|--consent|--consent-version|--currency|--currency-column|--cursor|--custom|--date|--date-column|--db|--description|--dir|--erasures|--event-type|--expect-leads|--expert|--fee-column|--fields|--file|--for|--format|--free-before|--from|--from-name|--hash|--header|--headline|--hook|--hook-secret-file|--horizon|--host|--host-email|--host-name|--ics|--id-column|--inn|--instructions|--keep|--key|--kind|--label|--lang|--language|--languages|--lead|--least|--len|--limit|--listed|--listen|--locale|--location|--log-format|--login|--map|--max|--message|--mock|--month|--most|--move-notice|--moves|--name|--note|--notice|--now|--of|--offer|--on-request|--output|--page|--page-url|--path|--payee|--per-day|--per-week|--phone|--photo|--position|--postal-key-file|--price-max|--price-version|--proxy|--purpose|--purposes|--q|--query|--questions|--rate|--rating|--rating-min|--reason|--referrer|--region|--rejects|--remove|--reply-to|--required|--role|--round|--run|--saved|--seats|--seconds|--secret-file|--sender|--senders|--sequence|--set|--shop-id|--since|--size|--smtp|--source|--state|--status|--step|--steps|--subject|--table|--tag|--telegram|--template|--tenant|--text|--then|--timeout|--to|--token-file|--topic|--topics|--trust-proxy|--tz|--until|--url|--use|--user|--utm-campaign|--utm-content|--utm-medium|--utm-source|--utm-term|--vat-code|--vk|--wallet|--week|--weekly|--whatsapp|--within|--workers|--year|--zone|-o) return ;;
  esac
  case "$at" in
    "") words="demo init doctor config completion help version tenant token lead widget channel template message chat route sequence webhook slot expert offer request booking calendar waitlist review group ledger payment payout stats report export import legal privacy job db backup restore canary serve work mock trigger" ;;
    " demo") words="--dir --listen --locale --seconds --once" ;;
    " init") words="--tenant --name --tz --locale --region --test --if-missing" ;;
    " doctor") words="" ;;
    " config") words="get set list" ;;
    " config get") words="--store" ;;
    " config set") words="--store" ;;
    " config list") words="--store" ;;
    " completion") words="bash zsh fish" ;;
    " help") words="all topics calcom channel channel-chatwoot channel-email channel-file channel-instagram channel-max channel-sms channel-telegram channel-vk channel-whatsapp config cron exit-codes formats law meetings money payment payouts spam webhooks" ;;
    " version") words="" ;;
    " tenant") words="add list show edit suspend" ;;
    " tenant add") words="--name --tz --locale --region" ;;
    " tenant list") words="--limit" ;;
    " tenant show") words="" ;;
    " tenant edit") words="--name --tz --locale --region" ;;
    " tenant suspend") words="--undo" ;;
    " token") words="create list revoke" ;;
    " token create") words="--role --label" ;;
    " token list") words="--limit" ;;
    " token revoke") words="" ;;
    " lead") words="add list show timeline edit status assign tag note import" ;;
    " lead add") words="--name --phone --email --telegram --vk --whatsapp --max --message --channel --locale --zone --consent --consent-version --source --page-url --referrer --utm-source --utm-medium --utm-campaign --utm-term --utm-content --custom --tag --no-greeting" ;;
    " lead list") words="--status --suspect --needs-human --channel --source --tag --assignee --query --since --until --limit --cursor" ;;
    " lead show") words="" ;;
    " lead timeline") words="--limit --cursor" ;;
    " lead edit") words="--name --phone --email --telegram --vk --whatsapp --max --message --channel --locale --zone" ;;
    " lead status") words="new contacted replied booked won lost suspect" ;;
    " lead assign") words="--nobody" ;;
    " lead tag") words="--remove" ;;
    " lead note") words="" ;;
    " lead import") words="--map --region --consent --rejects --dry-run --greet" files=1 ;;
    " widget") words="set show preview snippet publish" ;;
    " widget set") words="--fields --required --purposes --color --position --locale --then --text" ;;
    " widget show") words="--draft" ;;
    " widget preview") words="" ;;
    " widget snippet") words="" ;;
    " widget publish") words="" ;;
    " channel") words="add connect link list test status set pause resume remove" ;;
    " channel add") words="--name --secret-file --base-url --set --pull --no-connect --rate --proxy --smtp --from --from-name --reply-to --user --require-tls --ca-file --postal-key-file --login --hook-secret-file --sender --currency --path email sms telegram max vk whatsapp instagram chatwoot file" ;;
    " channel connect") words="--pull" ;;
    " channel link") words="--channel --qr" ;;
    " channel list") words="" ;;
    " channel test") words="--to" ;;
    " channel status") words="" ;;
    " channel set") words="--set --secret-file --hook-secret-file" ;;
    " channel pause") words="--reason" ;;
    " channel resume") words="" ;;
    " channel remove") words="" ;;
    " template") words="list show set reset render" ;;
    " template list") words="" ;;
    " template show") words="--lang" ;;
    " template set") words="--lang --text --file --subject --purpose" ;;
    " template reset") words="--lang" ;;
    " template render") words="--lang --lead" ;;
    " message") words="send list show retry" ;;
    " message send") words="--text --subject --template" ;;
    " message list") words="--state --channel --lead --since --until --limit --cursor" ;;
    " message show") words="" ;;
    " message retry") words="" ;;
    " chat") words="list read send done" ;;
    " chat list") words="--unanswered --limit --cursor" ;;
    " chat read") words="--limit --cursor" ;;
    " chat send") words="--text --file" ;;
    " chat done") words="" ;;
    " route") words="set clear show explain" ;;
    " route set") words="" ;;
    " route clear") words="" ;;
    " route show") words="" ;;
    " route explain") words="" ;;
    " sequence") words="new enrol stop list show enrolled" ;;
    " sequence new") words="--step --ad" ;;
    " sequence enrol") words="" ;;
    " sequence stop") words="" ;;
    " sequence list") words="" ;;
    " sequence show") words="" ;;
    " sequence enrolled") words="--sequence --lead --state --since --until --limit --cursor" ;;
    " webhook") words="log show replay verify" ;;
    " webhook log") words="--channel --state --since --until --limit --cursor" ;;
    " webhook show") words="" ;;
    " webhook replay") words="" ;;
    " webhook verify") words="--header --query --body" ;;
    " slot") words="rule except holiday list hold check" ;;
    " slot rule") words="add list remove" ;;
    " slot rule add") words="--host --weekly --len --buffer --notice --horizon --seats --offer --every-offer --name --location --host-name --host-email" ;;
    " slot rule list") words="--host --offer" ;;
    " slot rule remove") words="" ;;
    " slot except") words="add list remove" ;;
    " slot except add") words="--host --date --closed --open --reason" ;;
    " slot except list") words="--host" ;;
    " slot except remove") words="--host --date" ;;
    " slot holiday") words="add russia import list remove" ;;
    " slot holiday add") words="--name" ;;
    " slot holiday russia") words="--year" ;;
    " slot holiday import") words="" files=1 ;;
    " slot holiday list") words="" ;;
    " slot holiday remove") words="" ;;
    " slot list") words="--offer --from --to" ;;
    " slot hold") words="--offer --at --for" ;;
    " slot check") words="" ;;
    " expert") words="add edit list link show" ;;
    " expert add") words="--name --email --zone --headline --about --photo --languages --topics --listed" ;;
    " expert edit") words="--name --email --zone --headline --about --photo --languages --topics --listed" ;;
    " expert list") words="--topic --language --q --rating-min --price-max --format --free-before --all --cursor --limit" ;;
    " expert link") words="--send --revoke" ;;
    " expert show") words="" ;;
    " offer") words="add edit price policy list show pool calcom retire" ;;
    " offer add") words="--host --name --description --len --buffer --notice --horizon --seats --per-day --per-week --location --questions --on-request" ;;
    " offer edit") words="--name --description --len --buffer --notice --horizon --seats --per-day --per-week --location --questions --on-request" ;;
    " offer price") words="--amount --currency --format --least --most --end" ;;
    " offer policy") words="--steps --moves --move-notice" ;;
    " offer list") words="--all" ;;
    " offer show") words="" ;;
    " offer pool") words="set list remove" ;;
    " offer pool set") words="--name --of" ;;
    " offer pool list") words="" ;;
    " offer pool remove") words="" ;;
    " offer calcom") words="connect list sync calls disconnect" ;;
    " offer calcom connect") words="--event-type --secret-file --base-url --page --hook --ca-file" ;;
    " offer calcom list") words="" ;;
    " offer calcom sync") words="" ;;
    " offer calcom calls") words="--limit" ;;
    " offer calcom disconnect") words="" ;;
    " offer retire") words="" ;;
    " request") words="list show accept decline" ;;
    " request list") words="--host --offer --limit" ;;
    " request show") words="" ;;
    " request accept") words="" ;;
    " request decline") words="--reason" ;;
    " booking") words="quote create list show confirm decline cancel move complete noshow note notes unnote brief ics" ;;
    " booking quote") words="--offer --format --at --amount --language" ;;
    " booking create") words="--at --offer --lead --name --phone --email --consent --zone --hold --format --amount --price-version --request" ;;
    " booking list") words="--status --offer --host --lead --since --until --limit --cursor" ;;
    " booking show") words="" ;;
    " booking confirm") words="" ;;
    " booking decline") words="--reason" ;;
    " booking cancel") words="--by --reason" ;;
    " booking move") words="--at --by" ;;
    " booking complete") words="" ;;
    " booking noshow") words="" ;;
    " booking note") words="--text --shared" ;;
    " booking notes") words="" ;;
    " booking unnote") words="" ;;
    " booking brief") words="" ;;
    " booking ics") words="" ;;
    " calendar") words="feed add list sync remove" ;;
    " calendar feed") words="--host --rotate --off" ;;
    " calendar add") words="--host --ics --caldav --user --secret-file --use --ca-file" ;;
    " calendar list") words="" ;;
    " calendar sync") words="" ;;
    " calendar remove") words="" ;;
    " waitlist") words="add list remove" ;;
    " waitlist add") words="--offer --from --to --zone" ;;
    " waitlist list") words="--offer --status --cursor --limit" ;;
    " waitlist remove") words="" ;;
    " review") words="add list hide show" ;;
    " review add") words="--rating --text" ;;
    " review list") words="--expert --all --cursor --limit" ;;
    " review hide") words="--reason" ;;
    " review show") words="" ;;
    " group") words="form add remove rotate list show record" ;;
    " group form") words="--name --size --lead --offer --at" ;;
    " group add") words="--lead" ;;
    " group remove") words="--lead" ;;
    " group rotate") words="--absent --tell" ;;
    " group list") words="" ;;
    " group show") words="--round" ;;
    " group record") words="show save" ;;
    " group record show") words="--round --table" ;;
    " group record save") words="--round --table" files=1 ;;
    " ledger") words="show balance record correct close export reconcile verify" ;;
    " ledger show") words="--account --kind --subject --since --until --limit --cursor" ;;
    " ledger balance") words="--at --all" ;;
    " ledger record") words="--currency --text --at" ;;
    " ledger correct") words="--reason" ;;
    " ledger close") words="" ;;
    " ledger export") words="--format --since --until --excel" ;;
    " ledger reconcile") words="--account --id-column --amount-column --date-column --fee-column --currency-column --currency --since --until" files=1 ;;
    " ledger verify") words="" ;;
    " payment") words="connect accounts test pause resume disconnect create list show refund retry confirm sync resolve capture cancel method" ;;
    " payment connect") words="--name --shop-id --secret-file --test --hash --receipts --vat-code --senders --base-url --ca-file --proxy --instructions yookassa manual mock tbank robokassa cloudpayments yookassa_payouts" ;;
    " payment accounts") words="" ;;
    " payment test") words="" ;;
    " payment pause") words="" ;;
    " payment resume") words="" ;;
    " payment disconnect") words="" ;;
    " payment create") words="--lead --text --hold --save --saved --account --currency --language" ;;
    " payment list") words="--state --problems --lead --since --until --limit --cursor" ;;
    " payment show") words="" ;;
    " payment refund") words="--amount --reason" ;;
    " payment retry") words="" ;;
    " payment confirm") words="" ;;
    " payment sync") words="" ;;
    " payment resolve") words="--note" ;;
    " payment capture") words="--amount" ;;
    " payment cancel") words="--reason" ;;
    " payment method") words="list forget" ;;
    " payment method list") words="--lead --all --since --until --limit --cursor" ;;
    " payment method forget") words="" ;;
    " payout") words="method plan run list show bank approve paid cancel sync statement" ;;
    " payout method") words="set list remove banks wishes approve decline" ;;
    " payout method set") words="--payee --account --bank --inn --phone --bank-id --wallet --token-file --company manual yookassa_sbp yookassa_wallet yookassa_card_token" ;;
    " payout method list") words="" ;;
    " payout method remove") words="" ;;
    " payout method banks") words="--fresh" ;;
    " payout method wishes") words="" ;;
    " payout method approve") words="" ;;
    " payout method decline") words="--reason" ;;
    " payout plan") words="--host --amount" ;;
    " payout run") words="--host --amount --run --anyway" ;;
    " payout list") words="--state --host --run --open --problems --since --until --limit --cursor" ;;
    " payout show") words="" ;;
    " payout bank") words="--run --again" ;;
    " payout approve") words="--all --run" ;;
    " payout paid") words="--all --run" ;;
    " payout cancel") words="--reason" ;;
    " payout sync") words="" ;;
    " payout statement") words="--month --format --language --currency" ;;
    " stats") words="--since --until --by" ;;
    " report") words="weekly" ;;
    " report weekly") words="--week --email" ;;
    " export") words="leads" ;;
    " export leads") words="--status --suspect --needs-human --channel --source --tag --assignee --query --since --until --limit --cursor --excel" ;;
    " import") words="leads" ;;
    " import leads") words="--map --region --consent --rejects --dry-run --greet" files=1 ;;
    " legal") words="add list show publish" ;;
    " legal add") words="--lang --file --publish policy consent marketing" ;;
    " legal list") words="--limit" ;;
    " legal show") words="--lang --version policy consent marketing" ;;
    " legal publish") words="--lang --version policy consent marketing" ;;
    " privacy") words="erase list" ;;
    " privacy erase") words="--reason" ;;
    " privacy list") words="" ;;
    " job") words="list show retry cancel" ;;
    " job list") words="--state --kind --subject --since --until --limit --cursor" ;;
    " job show") words="" ;;
    " job retry") words="" ;;
    " job cancel") words="" ;;
    " db") words="status check vacuum recount migrate" ;;
    " db status") words="" ;;
    " db check") words="" ;;
    " db vacuum") words="" ;;
    " db recount") words="" ;;
    " db migrate") words="" ;;
    " backup") words="--output -o --keep --verify" ;;
    " restore") words="--check --erasures" files=1 ;;
    " canary") words="run list" ;;
    " canary run") words="--url --to --timeout --expect-leads --within" ;;
    " canary list") words="--limit" ;;
    " serve") words="--listen --trust-proxy --set --workers --no-jobs --assets" ;;
    " work") words="--once" ;;
    " mock") words="serve" ;;
    " mock serve") words="--listen" ;;
    " trigger") words="--set --mock --no-url" ;;
  esac
  if [[ $cur == -* ]]; then words+=" --db --tenant --base-url --json --jsonl --csv --tsv --output -o --tz --timeout --now --no-input --yes --dry-run --key --quiet --verbose -v --log-format --no-color --version -V --help"; fi
  _flead_words "$words"
  if [[ $files && $cur != -* ]]; then _flead_files -f; fi
}

complete -F _flead flead
