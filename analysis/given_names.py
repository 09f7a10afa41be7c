"""Word lists for `person_names.py` and `known_values.py`; nothing else lives here."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names that are rarely anything else. Those that are also everyday words, months, cities or brands
# (May, Will, Grace, Austin) are left out on purpose.
GIVEN_NAMES = _words(
    """
    aaliyah aarav aaron abdoulaye abdul abdullah abigail abraham adam adebayo adele adrian
    adriana agnes agnieszka ahmad ahmed aiden aino aisha akira alan albert alberto alejandra
    alejandro alessandro alex alexander alexandra alexis alfonso alfred ali alice alicia alina
    alison allison alyssa amanda amara amelia amelie amina aminata amir amira amit amy ana anand
    anastasia anders andrea andreas andrei andrew andrzej andy angela angelina anika anil anita
    anja anjali ann anna annabelle anne annette annika anthony antoine anton antonio anya aoife
    ari ariana arjun arnaud arthur arturo arvind asha ashley astrid aurelie ava avery ayesha
    barbara bartosz beatrice beatriz ben benedikt benjamin bernard bernd bianca bjorn björn
    bogdan bohdan boris brandon brenda brian brigitte bronwyn bruno caleb callum camila camille
    carl carla carlos carmen carol carolina caroline catherine cecilia cedric chantal charles
    charlie chen chiara chidi chinedu chloe chris christa christian christina christine
    christoph christopher ciara ciaran claire clara claudia claudio clément colin connor corinna
    craig cristina cynthia daiki damian dana daniel daniela danielle danny daria dariusz darnell
    dave david davide deborah deepak deepika denise dennis derek diana dieter dimitri dmitri
    dmytro dominik dominique donald donna doris dorothy douglas dwayne dylan edith eduardo
    edward eero eileen elaine eleanor elena eli elias elif elijah elisa elisabeth elizabeth ella
    ellen ellie elsa emil emilia emilie emily emma emmanuel enrico enrique eoin eric erica erik
    erika ernesto esperanza esther ethan eugene eva evelyn ewa fabian farah fatemeh fatima
    federico felicia felipe felix fernanda fernando fiona florian francesca francesco francis
    francisco francois franziska fred frederic frederik freya friedrich gabriel gabriela
    gabriele gareth gary georg george gerald gerhard gianluca gianni gina giorgi giorgio
    giovanni giulia giuseppe gloria gonzalo gordon greg gregor gregory greta guadalupe guillaume
    gustavo gwen hannah hans harald harriet harry haruto hassan heather heidi heike heinrich
    helen helena helga hendrik henri henrik henry herbert hiroshi holger hugo hui hussein ian
    ibrahim ida ifeoma ignacio igor ilona imran ines ingeborg ingrid irene irina isaac isabel
    isabella isabelle isla ismail ivan ivana ivo jacek jack jacob jacqueline jaime jake jakob
    jakub jamal james jamie jana jane janet janine jason javier jean jeff jeffrey jelena
    jennifer jenny jens jeremy jerome jessica jill jim joachim joan joana joanna joao joaquin
    jochen joe joel johan johann johanna john johnny jonas jonathan jorge jose josef joseph
    joshua josie josé joyce joão juan juanita judith jukka julia julian juliana julie juliette
    julio justin jürgen kai kamil karen karim karin karl karolina katarina katarzyna kate
    katharina katherine kathleen kathrin kathy katie katja katrin katya kavita keiko keith kelly
    ken kenji kenneth kerstin kevin khaled kim kimberly kirsten klaus konrad konstantin
    krzysztof kumar kurt kwame kyle lakshmi lara lars latoya laura lauren laurent layla lea leah
    leila lena leo leon leonard leonardo leonie leticia levan liam lidia liisa lina linda ling
    linh lisa lorenzo louis louise luca lucas lucia lucie lucy luigi luis luisa luisella luiz
    luka lukas luke lydia lynn maciej magda magdalena mahmoud maja malik mamadou manfred manuel
    manuela marc marcel marcin marco marcos marcus marek margaret margarita maria mariam marian
    marianne marie marina mario marion marissa marius markus marta martha martin martina mary
    maryam masha mateo mateusz mathias mathilde matias matteo matthew matthias matti maurice
    mauricio maximilian maya małgorzata meera megan mehdi mehmet mei melanie melissa mia michael
    michal michel michelle miguel mike mikhail mikko mila milena ming minh miriam misha mohamed
    mohammad mohammed moritz muhammad mustafa mustapha mykola nadia nadine naomi nasser natalia
    natalie natasha nathalie nathan neha neil ngozi nguyen niamh nicholas nick nico nicola
    nicolas nicole nigel niklas nikolai nina noah noel noemi noor nora nuno oksana olaf oleg
    olena olga oliver olivia olivier oluwaseun omar omari oscar oskar ottavio pablo pamela paola
    paolo pascal patricia patrick patrik paul paula paulina paulo pavel pawel pedro pekka peter
    petra philip philipp philippe phillip pierre pietro piotr priya rachel rafael rafaela rahul
    raj rajesh ralf ramesh ramon raphael raquel rashid raul ravi raymond raúl rebecca reinhard
    renate rené reza rhys ricardo richard rita robert roberta roberto robin rocio rodrigo roger
    rohan rohit roland ronald rosa rosalind rosie ruben rudolf ruth ryan sabine sabrina salma
    sam samantha samir samuel sandra sanjana sanjay saoirse sara sarah sascha sasha scott sean
    sebastian selma sergei sergio shannon sharon shaun sheila shirley siegfried silke silvia
    simon simona simone siobhan sofia sofie sonia sonja sophia sophie stefan stefanie stefano
    stella stephan stephanie stephen steve steven stuart sunita suresh susan susanne suzanne
    sven svetlana sylvia takashi tamar tamara tania tanja tanya tara taras tariq tatiana ted
    teresa thea theo theodor theresa thiago thierry thomas thuy tiago tim timothy tina tobias
    todd tom tomas tomasz tommaso toni tony torsten tracy tristan tunde tyler tyrone ulrich
    ursula uwe valentina valeria valerie vanessa vera veronica veronika vicky victor vijay
    vikram viktor vincent vincenzo viola vivian vladimir vladislav walter wanda wei wendy werner
    wilhelm william wolfgang xavier xiaoming ximena yael yan yann yannick yasmin yasmine
    yevgenia yolanda yong yosef youssef yuki yulia yuri yusuf yvonne zainab zoe zofia zoë
    zuzanna
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
    manager many march max may mayor me member members membership merchant mexican min mobile
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
