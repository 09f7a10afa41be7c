"""Word lists for `person_names.py` and `known_values.py`; nothing else lives here."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names that are rarely anything else. Those that are also everyday words, months, cities or brands
# (May, Will, Grace, Austin) are left out on purpose.
GIVEN_NAMES = _words(
    """
    aaliyah aarav aaron abbie abdelkader abdoulaye abdul abdullah abdulrahman abena abhishek
    abigail abiola abraham adaeze adam adaobi adebayo adebola adele adeline adeola aditi aditya
    adnan adolfo adrian adriana adriano aduke afonso agata agnes agnieszka agustin ahmad ahmed
    ahmet aiden aileen ainhoa aino aisha aitor ajay akash akhil akiko akira akosua aksel alan
    alassane albert alberto aldo alec alejandra alejandro alejo aleksander aleksandr aleksandra
    alessandro alessia alex alexander alexandra alexandre alexei alexey alexis alfie alfonso
    alfred ali alice alicia alina alison alistair aliya allison almudena alondra alvaro alyssa
    amaia amaka amal amanda amar amara amarachi amelia amelie amina aminata amir amira amit
    amitabh amparo amrita amy ana anahita anand anastasia anatoly anders andre andrea andreas
    andrei andrej andrew andrzej andy anette angela angelica angelina angelo anika aniket anil
    anita anja anjali ankit ankita ann anna annabel annabelle anne annemarie annette annie
    annika anthony antje antoine anton antonella antonio anupam anurag anwar anya aoife aparna
    apostolos araceli archana archie ari ariana arjun arlene armando armin arnaud arnav arne
    artem arthur artur arturo arun aruna arvid arvind asger asha ashley ashok ashwin asma astrid
    asuka athanasios audrey aurelie aurelio ava avery avinash axelle ayaka ayesha ayman ayodele
    ayse ayumi ayush azadeh aziz babajide babatunde balazs barbara barry bart bartek bartosz
    bashir beatrice beatriz becky behrouz belinda ben benedikt benito benjamin benoit bernadette
    bernard bernardo bernd bernice bertha bethany betsy betty beverly bharat bhavna bianca bilal
    birgit bjorn björn bobby bogdan bogna bohdan bohuslav bonnie boris bradley brandon branka
    brenda brent brett brian bridget brigita brigitte bronwyn bruno bryan bukola burak busisiwe
    caitlin caleb callie callum camila camilla camille camilo carl carla carlos carlota carly
    carmela carmen carol carolina caroline carrie cassandra catalina catarina catherine cathy
    cecile cecilia cedric cedrick celine cem cemal cesare chantal charles charlie charu chen
    cheryl chiamaka chiara chidi chike chinedu chinonso chinwe chioma chizoba chloe chris
    christa christian christie christina christine christoph christopher christos chukwuemeka
    ciara ciaran cihan cillian claire clara clarissa claudette claudia claudine claudio clemens
    clement cliff clifford clive clément colette colin colleen concepcion conchita connie connor
    conrad constanza consuelo corentin corinna cormac cornelia courtney craig cristian cristina
    cristobal cynthia cyril dagmar daiki dalia damian damien damir dana danica daniel daniela
    danielle danilo danny danuta daphne daria dariush dariusz darnell darrell darren darryl dave
    david davide dayana debbie deborah debra deepak deepika deirdre delphine demetrius denis
    denise dennis derek derya desmond devika dexter dhruv diana diane dianne diarmuid dieter
    dimitar dimitra dimitri dimitrios dimitris dinesh dirk divya dmitri dmytro dolores domenico
    dominic dominik dominique donal donald donna donovan doreen doris dorota dorothy douglas
    dragan duc dumisani duncan dusan dwayne dwight dylan eamon eddie edgar edita edith edmund
    edna eduarda eduardo edward edwin eero efrain ehsan eileen eilidh einar eitan ekaterina
    ekene elaine eleanor elena eleni eleonora elham eli elias elif elijah elin elina elisa
    elisabeth elise eliza elizabeth ella ellen ellie elodie eloise elsa elvira emeka emil emilia
    emiliano emilie emily emine emir emma emmanuel emre enda endre enid enrico enrique enzo eoin
    erdem eric erica erik erika erin ernest ernesto errol erwin esperanza esra esteban esther
    ethan etienne eugene eugenia eugenio eunice eva evan evangelos evelyn evie ewa ewan ezequiel
    fabian fabiana fabio fabrice fadi faisal farah farhad farhan farid farida farooq fatemeh
    fatih fatima fatma fatou fausto federico felicia felipe felix femi fergus fermin fernanda
    fernando filip filipa filippo finlay finn fintan fiona florian folake frances francesca
    francesco francis francisco franck francois francoise frankie franz franziska fred freddie
    frederic frederik fredrik freya friedrich fumiko funke funmilayo gabor gabriel gabriela
    gabriele gaetano ganesh gareth gary gaspard gaurav gavin genevieve geoff geoffrey georg
    george georgina georgios gerald geraldine gerardo gerhard gertrude ghada gianluca gianni
    gideon gilbert gilles gillian gina giorgi giorgio giorgos giovanni gisela giselle gita
    giulia giuseppe gladys glenda gloria gonzalo gopal goran gordon gosia govind graciela graeme
    graham grainne gratien greg gregor gregory greta grzegorz guadalupe guido guillaume
    guillermo gulsen gunnar gunther gustav gustavo gwen gwendolyn gyorgy habib hadi haim hakan
    halima halina hamid hamza hanan hannah hannelore hannes hans harald harish harpreet harriet
    harry haruto hasan hassan hatice heather hector heidi heike heiko heinrich heinz helder
    helen helena helene helga helmut hemant hendrik henning henri henrik henry henryk herbert
    heriberto hermann hernan hernando hieu hilary hilda hiroki hiroko hiromi hiroshi hiroyuki
    holger horacio howard hristo hubert huda hugh hugo hui humberto huseyin hussein hyun ian
    ibrahim ichiro ida ieva ifeoma ignacio igor ikenna iker ilana ilias ilona ilse ilya iman
    imran inaki ines inga inge ingeborg ingo ingrid ioana ioannis irene irfan irina irma isaac
    isabel isabella isabelle isadora ishaan isidro isla ismael ismail istvan itai itziar iva
    ivan ivana ivar ivo izabela jabulani jacek jack jackie jacob jacqueline jadwiga jagdish
    jaime jake jakob jakub jamal james jamie jana jane janet janine jaroslav jasmina jason
    jasper jaspreet jatin javier jayesh jaylen jean jeanette jeanne jeff jeffrey jelena jelle
    jemima jennifer jenny jens jeremiah jeremy jeroen jerome jerry jerzy jesper jess jessica
    jessie jhon jihoon jill jim jimena jimmy jiri jitka joachim joan joana joanna joao joaquim
    joaquin jocelyn jochen jodie joe joel joey johan johann johanna johannes john johnny jolanta
    jolene jonas jonathan joost jorge joris jose josef josefina joseph joshua josie josip josé
    jovana joyce jozef joão juan juanita judith judy juhani jukka julia julian juliana julie
    julien juliet juliette julio junko jurgen justin jutta jyoti jürgen kabir kai kaito kajal
    kalpana kamala kamil kaori kareem karel karen karim karin karina karl karolin karolina
    karthik kartik kasia katarina katarzyna kate katharina katherine kathleen kathrin kathryn
    kathy katie katja katrin katya kaveh kavita kayla kazimierz kazuki kazuko keiko keira keith
    kelechi kelly kemal ken kendra kenji kenneth kenny kenta kerem kerry kerstin kevin khadija
    khadijah khaled khalid khanh kiara kieran kim kimberly kiran kirill kirsten kirsty kishore
    kjell klara klaus kofi kojo konrad konstantin kristen kristian kristin kristina kristof
    krystyna krzysztof kseniya kumar kunal kunle kurt kwabena kwaku kwame kwasi kyle kyra
    ladislav laila lakshmi lalit lamia lara larisa larry lars lasse laszlo latifa latoya laura
    lauren laurent laurie lawrence layla lea leah leandro leanna leanne leif leila leire lena
    lenka lennart leo leon leonard leonardo leonid leonie leonor lerato leroy leslie lester
    leszek leticia levan leyla liam lidia lidija lieke liesbeth liisa lilian lillian lina linda
    lindiwe ling linh linnea lionel lisa lisbeth livia liviu ljiljana llewellyn loic loredana
    lorenza lorenzo loretta lorna lorraine lotte louis louisa louise luana lubna luc luca lucas
    lucia luciana luciano lucie lucy ludmila ludovic luigi luis luisa luisella luiz luiza luka
    lukas luke lutz lydia lynn lyudmila mabel maciej maddie madeleine madeline maeve magda
    magdalena magnus mahesh mahmoud maja majid makoto malcolm malgorzata malik malika malin
    malte mamadou mamta mandla mandy manfred manish manisha manju manoj manolis manon mansi
    manuel manuela marc marcel marcela marcelo marcia marcin marcio marco marcos marcus marek
    margaret margarida margarita margaux margot maria mariam marian marianne maribel marie
    marija marilyn marina mario marion marisol marissa maritza marius marjorie marko markus
    marlene marlon marsha marta martha marthe martijn martin martina marvin marwan mary maryam
    maryann masako masha mateja mateo mateusz mathias mathieu mathilde matias matilda mats
    matteo matthew matthias matti matus maureen maurice mauricio maxime maximilian maxine maya
    mayumi małgorzata meena meera megan megumi mehdi mehmet mehrdad mehul mei meike melanie
    melek melinda melissa melvin menno meredith merete merve mia micaela michael michaela michal
    michel michele michelle michiel midori miguel miguelina mihaela mihai mikael mike mikhail
    mikkel mikko mikolaj mila milagros milena milica milos mina mindy ming minh minji minjun
    mireille mireya miriam mirjam miroslav misha mitra mitsuko mladen mohamed mohammad mohammed
    mohan mohit moira moises mojgan molly mona monica monika monique morag moritz morten mostafa
    moussa mpho muhammad muhammed mukesh munir murad murat mustafa mustapha mykola myra myriam
    myrthe nabil nadeem nadezhda nadia nadim nadine nadir naima najib nalini nancy nanette naoki
    naoko naomi narek naresh nasir nasrin nasser natacha natalia natalie natalya natasa natasha
    nathalie nathan nathaniel naveed naveen navid nazanin neelam neeraj neha neil nella nenad
    nestor nevena ngoc ngozi nguyen nhung niall niamh nicholas nick nico nicola nicolae nicolas
    nicole nidhi niels nigel nikhil nikita niklas nikola nikolai nikolaos nikos nilesh nils
    nilufer nina nisha nitin nizar nnamdi noah noel noelia noemi noemie nokuthula nomsa noor
    nora norbert noreen norma nosipho nour nuno nuria obinna octavio odile oksana olabisi olaf
    oleg oleksandr olena olga oliver olivia olivier oliwia olu olumide oluwaseun oluwaseyi omar
    omari omer ondrej onur orhan oriol orla ornella oscar oskar osman osvaldo ottavio otto
    ottoline oumar ozan ozge pablo padma padraig pallavi palmira pamela panagiotis pankaj paola
    paolo parisa parvati parviz pascal pascale pashtana patricia patrick patrik patrizia patsy
    paul paula paulette paulina pauline paulino paulo pavel pavla pavlos pawel payam pearse
    pedro peggy pekka penelope percy perrine peter petra petros phil philip philipp philippa
    philippe phillip phoebe phyllis pierre pieter pietro pilar piotr polina polly pooja poonam
    pradeep prakash pranav prashant pratik praveen preeti priscilla priya priyanka przemyslaw
    puneet quentin quynh rabia rachael rachel rachid radek radha radka radoslav rafael rafaela
    raghav rahim rahul rainer raj rajeev rajendra rajesh rajiv rakesh ralf ralph ramesh rami
    ramin ramiro ramon randall rania ranjit raphael raquel rashid rashida rashmi rasmus raul
    ravi rayan raymond raúl rebecca reena reggie regina reinaldo reinhard rekha renata renate
    renaud renee renu rené reuben reynaldo reza rhiannon rhona rhonda rhys ricarda ricardo
    riccardo richard rigoberto rikke rina rita ritika ritu riya robbie robert roberta roberto
    robin rocio roderick rodney rodrigo roel rogelio roger rohan rohini rohit roisin roland
    rolando rolf romain romina ronald ronan ronnie rory rosa rosalie rosalind rosanna rosario
    rosemarie rosie roxana roxane roya ruaridh ruben rudolf rukhsana rupert russell rutger ruth
    ryan saad sabah sabina sabine sabrina sachin sadia saeed safia saki salah saleh sally salma
    salman salome salvatore sam samantha sameer samina samir samuel sandeep sander sandhya
    sandra sandro sangeeta sanjana sanjay sanjeev sanna santosh saoirse sara sarah sarita sascha
    sasha saskia satish satoshi saul saurabh savita sayaka scott seamus sean sebastian sebastiao
    seema selin selma senthil seong serge sergei sergio sergiu serkan severine seyed shabnam
    shahid shahnaz shalini shane shanice shannon shari sharmila sharon shashi shaun sheetal
    sheila shelley sheryl shilpa shinji shira shireen shirin shirley shiv shivani shizuka shlomo
    shobha shreya shruti shubham shyam sibusiso siddharth siegfried sigrid silke silvana silvia
    silvio simon simona simone sinead siobhan sipho slavica slobodan sneha sofia sofie sohail
    solange solveig sonali sondre sonia sonja sophia sophie soraya soren sota spyros sridhar
    srinivas stacey stacy stanislav stanislaw stavros stefan stefania stefanie stefano steffen
    stelios stella stephan stephane stephanie stephen steve steven stig stine stuart subhash
    sudha sudhir sujata suleiman sumit sunil sunita suraj surendra suresh susan susana susanne
    sushma suzana suzanne svein sven svenja svetlana swati sybille sylvain sylvia sylvie szymon
    tadeusz takashi tamar tamara tamas tamika tammy tania tanisha tanja tanvi tanya tara taras
    tariq taro tarun tasha tatiana tatjana tatyana ted temitope terence teresa teresita tereza
    terrence terry tess tessa tetsuya thabo thais thandeka thandi thanh thea themba theo theodor
    theodora theresa thiago thibault thierry thijs thomas thorsten thuy tiago tihana tim
    timothee timothy timur tina tobias todd tolga tolu tom tomas tomasz tommaso tomoko toni tony
    torben torbjorn torsten toshiko tova tracey tracy traian tricia trinh trisha tristan trond
    troy trudy tugba tunde tuomas tyler tyrone tyson uchenna uday ugochi ulf ulla ulrich ulrike
    uma umar umesh urs ursula usha uwe vaclav valentin valentina valeria valerie valerija
    vandana vanessa vanja varsha varun vasile vasilis veena venkat venkatesh vera veronica
    veronika veronique vesna vicente vicki vicky victor vidya viggo vijay vikas vikki vikram
    viktor vinay vincent vincenza vincenzo vineet vinicius vinod viola vipul virginie vishal
    vitor vitoria vittorio vivek vivian vivienne vlad vladimir vladislav vojtech volker
    volodymyr vusi vuyo waleed walter wanda wanjiru warwick wayne wei wenche wendy werner wesley
    wiebke wilfred wilhelm wilhelmina william wilma winifred wojciech wolfgang wouter xabier
    xander xavier xenia xiaoming ximena yaakov yael yahya yamina yan yann yannick yara yaroslav
    yasemin yash yasin yasmin yasmine yaw yekaterina yelena yemi yesenia yetunde yevgenia
    yevgeny yiannis yitzhak yogesh yohan yoko yolanda yong yordan yosef yoshiko youssef youssouf
    yuki yulia yuliya yumi yuri yusra yusuf yuto yves yvonne zach zachary zahra zainab zanele
    zbigniew zdenek zehra zeinab zeljko zenon zeynep zhanna ziad zinaida zlatan zodwa zoe zofia
    zohreh zoltan zoë zsofia zubair zuzanna
    """
)

# Words that are capitalised in front of a sentence, a heading or a product, but name nobody.
NOT_NAMES = _words(
    """
    a about absolutely access account accounts action additional address admin administrator
    advance after again agent agents air airline airlines airport airways all alle also always
    am amazing american amount an and angry annoying annual another any anyone anything api app
    apple apply april are article as asap ask assistance assistant at august austin australian
    authorized available aware awesome awful back bad bag baggage bank banking based basic be
    because best better billing bitte blue bonus book booking both british broken business but
    buyer by call canadian cancel cancellation card cards care case cash certificate chat check
    checking chinese city claim claims class click client close closed code colleague colleagues
    company concerned confirm confirmed confused contact cool corp corporation correct could
    credit curious currently customer customers damen danke das date day days debit december
    declined definitely delivery delta department der desk details did die disappointed do does
    done down dutch each easy economy either elite email emergency english enter enterprise
    error european every everybody everyone everything exactly excellent exchange express fair
    false family feature february fee fees file final finance find fine first flight flights
    folks for foreign form free french friday friend friends from frustrated full fully funny
    further gate geehrte geehrter german gift given glad global gmbh going gold good google
    great green group guest guests guys had happy hard has have having he hello help her here
    herren hey hi him his hold holder home horrible hotel hour hours how however i ich id if
    important impossible in inc india indian info information insurance interested interesting
    international internet invoice irish is issue issues it italian item items january japanese
    july june just key kind kunde kundin later lead learn let liebe lieber like limited line
    list live living llc loan located locked log login look looking lost ltd ma'am madam main
    manager many march max may mayor me member members membership merchant mexican mobile
    monday money month more morning most mr mrs ms must my name need needed never new next nice
    no nobody none normal not note nothing notice november now number october odd of off office
    ok okay on once one online only open operations option options or order orders other our out
    outrageous over overdraft page parcel partner passenger passengers payment payments pending
    people per perfect personal phone plan platinum please plus point points policy portal post
    power premium press price pricing priority private problem product products profile program
    purchase put question questions quick read ready really reason received record reference
    refund refunds regarding regards regular request reservation reservations reset respond
    return returns review reward rewards ridiculous right room rule sad sales same saturday
    savings security see sehr seller send sender senior sent september service services settings
    she shipping shop should sign silver since sir sirs so some someone something sorry spanish
    special staff standard start state statement status stay step steps still store strange
    student subject such sunday super supervisor support sure swiss system systems tap team
    teams teller terms terrible test than thank thanks that the their them then there therefore
    these they this those thursday ticket tickets tier tired to today tomorrow too tool total
    track tracking transaction transfer travel trip true trying tuesday two type unable
    unacceptable und under unfair union united until up update updated upgrade upset urgent us
    usa user users using valued vendor verified very via vip visa visitor volume wait waiting
    was we web website wednesday week weird welcome well were what when where which while who
    why will wire with within without wonderful work world worried worse worst would writing
    wrong xmas year yes yesterday yet you your zusammen
    """
)

# Names whose lower case is an everyday word.
EVERYDAY_NAMES = _words(
    """
    april art august baker banks bell best bill bishop black bond brown butler carpenter case
    chance chase church clay cook cooper dawn day dean don drew english eve faith field fields
    fisher ford forest fox french frost gale gene gold grace grant gray green guy hall hill
    holiday hope hunter iris ivy jack jade jasmine joy june king lake lane law little long love
    major mark marks marsh mason max may miles miller moon page paris park parker parks pat
    penny pike pope porter post power price prince ray read reed rich rivers rob rock rose ruby
    sky smith snow star stone street sue summer summers sunny swift taylor turner van victor
    walker ward waters weaver west white will winter winters wood woods young
    """
)

# Given names among the everyday words, the months and the towns: names only in a name's place.
EVERYDAY_GIVEN_NAMES = _words(
    """
    amber angel april art august austin bill blessing brooke carter charlotte chase chelsea
    christian clay cliff cole daisy dale dawn dean don drew duke earl faith faye florence frank
    gene georgia glen grace grant guy happy harmony heath holly honor hope hunter innocent iris ivy
    jack jade jan jasmine jordan joy june kay king lance lily lourdes lucky mai mark marvel mason
    max may mercy miles milan nelson norman olive owen pat patience pearl penny peter piper poppy
    precious prince promise prudence queen randy ray reed rich river rob robin rocky rose ruby
    rusty sandy savannah serena sky sterling sue summer sunny sydney terry victor victoria violet
    virginia wade ward will winston
    """
)
